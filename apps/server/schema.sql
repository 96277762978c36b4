-- Made by `node scripts/dump-schema.ts` from the migrations; never edited by hand.

-- Tables

create table absence (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null
);

create table access_note (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  kind text not null,
  by_id uuid not null,
  at timestamp with time zone not null,
  key_id uuid not null,
  reason bytea not null
);

create table access_restriction (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  sanction_id uuid,
  person_id uuid not null,
  what text not null,
  from_at timestamp with time zone not null,
  until_at timestamp with time zone,
  lifted_at timestamp with time zone,
  lifted_by text
);

create table account (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  username text not null,
  password_hash text,
  must_change boolean not null default false,
  failed_count integer not null default 0,
  first_failed_at timestamp with time zone,
  locked_until timestamp with time zone,
  suspended_at timestamp with time zone,
  proxy_hash text,
  password_set_at timestamp with time zone,
  created_at timestamp with time zone not null
);

create table activity (
  school_id text not null,
  at timestamp with time zone not null,
  id uuid not null,
  person_id uuid,
  groups text[] not null,
  kind text not null,
  method text not null,
  host text not null,
  path text not null,
  category text not null,
  verdict text not null,
  rule text not null,
  continued boolean not null,
  term text,
  referrer_host text,
  place text,
  device text,
  source text not null default 'gateway'::text
);

create table activity_daily (
  school_id text not null,
  day date not null,
  groups text not null,
  category text not null,
  verdict text not null,
  requests bigint not null,
  people integer not null
);

create table activity_daily_site (
  school_id text not null,
  day date not null,
  host text not null,
  verdict text not null,
  category text not null,
  requests bigint not null,
  people integer not null,
  is_new boolean not null
);

create table activity_day (
  school_id text not null,
  day date not null,
  changed_at timestamp with time zone not null,
  counted_at timestamp with time zone,
  requests bigint not null default 0,
  people integer not null default 0,
  sealed_at timestamp with time zone,
  file_key uuid,
  file_sha256 text,
  file_bytes bigint,
  file_rows bigint
);

create table activity_hold (
  school_id text not null,
  id uuid not null,
  person_id uuid,
  from_day date not null,
  to_day date not null,
  until_day date not null,
  key_id uuid not null,
  reason bytea not null,
  by_id uuid not null,
  at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ended_by uuid
);

create table activity_retention (
  school_id text not null,
  request_id uuid not null,
  months integer not null,
  at timestamp with time zone not null
);

create table activity_segment (
  school_id text not null,
  id text not null,
  received_at timestamp with time zone not null,
  source text not null,
  first_at timestamp with time zone,
  last_at timestamp with time zone,
  lines integer not null,
  stored integer not null,
  rejected integer not null,
  probes integer not null,
  last_probe_at timestamp with time zone,
  digest text not null,
  format text
);

create table activity_site (
  school_id text not null,
  host text not null,
  first_day date not null,
  last_day date not null
);

create table appointment (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  role text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  deputy_id uuid
);

create table appointment_note (
  school_id text not null,
  id uuid not null,
  appointment_id uuid not null,
  kind text not null,
  text text not null,
  provider text,
  until_date date,
  written_by uuid,
  at timestamp with time zone not null
);

create table attempt_outcome (
  school_id text not null,
  id uuid not null,
  activity_id uuid not null,
  activity_at timestamp with time zone not null,
  on_day date not null,
  category text not null,
  whose text not null,
  until_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  outcome text not null,
  report_id uuid,
  key_id uuid,
  reason bytea,
  by_id uuid not null,
  at timestamp with time zone not null
);

create table breach_entry (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  kind text not null,
  version integer not null,
  at timestamp with time zone not null,
  by_id uuid not null,
  content bytea not null
);

create table briefing_answer (
  school_id text not null,
  person_id uuid not null,
  briefing text not null,
  question text not null,
  digest text not null,
  at timestamp with time zone not null
);

create table briefing_given (
  school_id text not null,
  id uuid not null,
  briefing text not null,
  digest text not null,
  at timestamp with time zone not null,
  by_id uuid not null
);

create table briefing_receipt (
  school_id text not null,
  person_id uuid not null,
  briefing text not null,
  digest text not null,
  at timestamp with time zone not null
);

create table case_alert (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  kind text not null,
  role text not null,
  person_id uuid,
  made_at timestamp with time zone not null,
  acknowledged_at timestamp with time zone,
  acknowledged_by uuid
);

create table case_barred (
  school_id text not null,
  person_id uuid not null,
  case_id uuid not null
);

create table case_decision (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  kind text not null,
  procedure text,
  words bytea not null,
  at timestamp with time zone not null,
  by_id uuid not null
);

create table case_file (
  school_id text not null,
  id uuid not null,
  category text not null,
  kind text not null,
  seriousness text not null,
  status text not null,
  owner_role text not null,
  owner_id uuid,
  audience text[] not null,
  key_id uuid not null,
  summary bytea not null,
  happened_at timestamp with time zone,
  reported_at timestamp with time zone not null,
  opened_at timestamp with time zone not null,
  origin text not null,
  off_site boolean not null default false,
  school_link bytea,
  policies text[] not null default '{}'::text[],
  triaged_at timestamp with time zone,
  closed_at timestamp with time zone,
  response text,
  outcome bytea,
  lesson bytea,
  held_at timestamp with time zone,
  next_due timestamp with time zone
);

create table case_lesson (
  school_id text not null,
  id uuid not null,
  case_id uuid,
  key_id uuid not null,
  words bytea not null,
  area text not null,
  owner_id uuid not null,
  due_on date not null,
  made_at timestamp with time zone not null,
  made_by uuid not null,
  done_at timestamp with time zone,
  done_by uuid
);

create table case_note (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  at timestamp with time zone not null,
  author_id uuid not null,
  words bytea not null
);

create table case_opening (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  person_id uuid not null,
  evidence_id uuid,
  reason text not null,
  words bytea,
  at timestamp with time zone not null,
  until timestamp with time zone not null
);

create table case_parent_notice (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  words bytea not null,
  proposed_at timestamp with time zone not null,
  proposed_by uuid not null,
  state text not null default 'proposed'::text,
  decided_at timestamp with time zone,
  decided_by uuid,
  reasons bytea,
  given_at timestamp with time zone,
  given_by uuid
);

create table case_party (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  person_id uuid,
  label bytea,
  part text not null,
  added_at timestamp with time zone not null
);

create table case_referral (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  agency text not null,
  made boolean not null,
  reference bytea,
  reasons bytea not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  by_id uuid not null
);

create table case_task (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  words bytea not null,
  owner_id uuid not null,
  due_on date not null,
  made_at timestamp with time zone not null,
  made_by uuid not null,
  done_at timestamp with time zone,
  done_by uuid
);

create table class_watch (
  school_id text not null,
  id uuid not null,
  class_id text not null,
  teacher_id uuid not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  signed_at timestamp with time zone not null,
  requests integer not null,
  stopped integer not null,
  sites integer not null,
  digest text not null,
  outcome text not null
);

create table clause_set_aside (
  school_id text not null,
  clause_id text not null,
  from_at timestamp with time zone not null,
  until_at timestamp with time zone not null,
  reason text not null,
  request_id uuid not null,
  ended_at timestamp with time zone
);

create table clause_status (
  school_id text not null,
  clause_id text not null,
  number integer not null,
  at timestamp with time zone not null,
  status text not null,
  evidence text not null,
  control_id text
);

create table closure (
  school_id text not null,
  on_date date not null,
  name text not null
);

create table closure_notice (
  school_id text not null,
  id uuid not null,
  from_on date not null,
  to_on date not null,
  sentences text[] not null,
  published_at timestamp with time zone not null,
  published_by uuid not null
);

create table concern_rule_change (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  digest text not null,
  about text not null,
  state text not null,
  made_at timestamp with time zone not null,
  version integer,
  in_force_at timestamp with time zone,
  ended_at timestamp with time zone,
  ended_by uuid
);

create table contest (
  school_id text not null,
  id uuid not null,
  kind text not null,
  host text not null,
  category text not null,
  purpose text,
  person_id uuid,
  key_id uuid,
  words bytea,
  at timestamp with time zone not null,
  report_id uuid,
  answer text,
  answer_words text,
  answered_by uuid,
  answered_at timestamp with time zone,
  read_at timestamp with time zone
);

create table data_breach (
  school_id text not null,
  case_id uuid not null,
  aware_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  recorded_by uuid,
  loss text not null,
  risk text,
  notify boolean,
  decided_at timestamp with time zone,
  decided_by uuid,
  reasons bytea,
  notified_at timestamp with time zone,
  people_told_at timestamp with time zone
);

create table deadline (
  school_id text not null,
  id uuid not null,
  kind text not null,
  subject text not null,
  title text not null,
  link text not null,
  owner_role text not null,
  owner_id uuid,
  rule jsonb not null,
  starts_at timestamp with time zone not null,
  due_at timestamp with time zone,
  state text not null default 'open'::text,
  met_at timestamp with time zone,
  missed_at timestamp with time zone,
  noticed_at timestamp with time zone,
  reminded_at timestamp with time zone,
  escalation integer not null default 0,
  kept_from uuid[] not null default '{}'::uuid[]
);

create table deadline_pause (
  school_id text not null,
  deadline_id uuid not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  reason text not null
);

create table device (
  school_id text not null,
  id uuid not null,
  name text not null,
  place text not null,
  key_digest text not null,
  made_at timestamp with time zone not null,
  made_by uuid not null,
  revoked_at timestamp with time zone,
  revoked_by uuid,
  seen_at timestamp with time zone,
  version text,
  user_id uuid,
  user_unknown boolean not null default false,
  silent_since timestamp with time zone,
  monitored boolean not null default false,
  checked_at timestamp with time zone,
  check_detector text,
  check_missed text[] not null default '{}'::text[]
);

create table device_inspection (
  school_id text not null,
  id uuid not null,
  by_id uuid not null,
  at timestamp with time zone not null,
  owner text not null,
  purpose text not null,
  outcome text not null,
  key_id uuid not null,
  words bytea not null
);

create table device_search (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  key_id uuid not null,
  ownership text not null,
  grounds text not null,
  rule text not null,
  content bytea not null,
  searched_by uuid not null,
  authorised_by uuid not null,
  witness_id uuid not null,
  pupil_id uuid,
  searched_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  status text not null,
  outcome text,
  parents_told_at timestamp with time zone
);

create table duty_confirmation (
  school_id text not null,
  id uuid not null,
  at timestamp with time zone not null,
  confirmed_by uuid not null,
  digest text not null,
  vacancies integer not null
);

create table evidence_file (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  key_id uuid not null,
  name bytea not null,
  size_bytes bigint not null,
  claimed_type text not null,
  found_type text not null,
  lies boolean not null,
  sha256 text not null,
  scan text not null,
  added_at timestamp with time zone not null,
  added_by uuid not null,
  erased_at timestamp with time zone,
  erased_by uuid
);

create table filter_change (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  digest text not null,
  state text not null,
  emergency boolean not null default false,
  case_id uuid,
  review_on date,
  made_at timestamp with time zone not null,
  in_force_at timestamp with time zone,
  version bigint,
  ended_at timestamp with time zone,
  ended_by uuid,
  tested_at timestamp with time zone,
  test_result text
);

create table filter_draft (
  school_id text not null,
  id uuid not null,
  payload text not null,
  digest text not null,
  reason text not null,
  by_id uuid not null,
  made_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  change_id uuid
);

create table filter_drift (
  school_id text not null,
  id uuid not null,
  found_at timestamp with time zone not null,
  place text not null,
  differences text[] not null,
  digest text not null,
  mended_at timestamp with time zone
);

create table filter_lists (
  school_id text not null,
  id uuid not null,
  sha256 text not null,
  active_at timestamp with time zone not null,
  domains bigint not null,
  sources jsonb not null
);

create table filter_log_review (
  school_id text not null,
  id uuid not null,
  reviewed_by uuid not null,
  at timestamp with time zone not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  changes integer not null,
  digest text not null,
  note text not null
);

create table filter_matrix_round (
  school_id text not null,
  id uuid not null,
  at timestamp with time zone not null,
  serial bigint not null,
  result text not null,
  detail jsonb not null
);

create table filter_overblock (
  school_id text not null,
  id uuid not null,
  host text not null,
  group_id text not null,
  category text not null,
  rule text not null,
  sources text[] not null,
  since timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  ended_at timestamp with time zone
);

create table filter_replay (
  school_id text not null,
  id uuid not null,
  digest text not null,
  rules_version bigint not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  made_at timestamp with time zone not null,
  requests bigint not null,
  newly_blocked bigint not null,
  newly_open bigint not null,
  detail jsonb not null
);

create table filter_span (
  school_id text not null,
  change_id uuid not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  ended_by uuid
);

create table filter_state (
  school_id text not null,
  version bigint not null default 0,
  published_serial bigint,
  published_rules text,
  published_lists text,
  published_at timestamp with time zone,
  published_network text
);

create table filter_test (
  school_id text not null,
  id uuid not null,
  change_id uuid,
  at timestamp with time zone not null,
  serial bigint not null,
  result text not null,
  checks integer not null,
  failures integer not null,
  detail jsonb not null,
  point text not null default 'gateway'::text
);

create table flag (
  school_id text not null,
  id uuid not null,
  thread_id uuid not null,
  sender text not null,
  sender_id text not null,
  source text not null,
  kind text not null,
  at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  severity integer not null,
  concerns jsonb not null,
  rules text[] not null,
  detector text not null,
  host text not null,
  content bytea
);

create table flag_page (
  school_id text not null,
  thread_id uuid not null,
  rung integer not null,
  person_id uuid not null,
  at timestamp with time zone not null,
  acknowledged_at timestamp with time zone,
  round integer not null default 1,
  acknowledged_by uuid
);

create table flag_thread (
  school_id text not null,
  id uuid not null,
  person_id uuid,
  whose text not null,
  concern text not null,
  audience text not null,
  opened_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  count integer not null,
  days integer not null,
  severity integer not null,
  state text not null,
  why_not text,
  decided_by uuid,
  decided_at timestamp with time zone,
  seen_at timestamp with time zone,
  seen_by uuid,
  case_id uuid,
  key_id uuid not null,
  note bytea,
  erased_at timestamp with time zone
);

create table governors_pack (
  school_id text not null,
  id uuid not null,
  number integer not null,
  term_name text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  issued_at timestamp with time zone not null,
  issued_by uuid not null,
  content text not null,
  digest text not null
);

create table help_check (
  school_id text not null,
  id uuid not null,
  line_id text not null,
  digest text not null,
  right_now boolean not null,
  at timestamp with time zone not null,
  by_id uuid not null
);

create table illegal_path (
  school_id text not null,
  case_id uuid not null,
  suspicion text not null,
  begun_at timestamp with time zone not null,
  begun_by uuid,
  address bytea,
  finished_at timestamp with time zone
);

create table illegal_step (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  step text not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  by_id uuid not null,
  words bytea
);

create table junk_digest (
  school_id text not null,
  on_date date not null,
  looked_at timestamp with time zone,
  looked_by uuid
);

create table ledger_checkpoint (
  school_id text not null,
  size bigint not null,
  at timestamp with time zone not null,
  note text not null,
  frontier text not null
);

create table ledger_entry (
  school_id text not null,
  seq bigint not null,
  at timestamp with time zone not null,
  actor text not null,
  type text not null,
  subject text,
  detail text not null,
  prev text not null,
  hash text not null
);

create table ledger_head (
  school_id text not null,
  seq bigint not null,
  hash text not null
);

create table lesson (
  school_id text not null,
  id uuid not null,
  class_id text not null,
  teacher_id uuid not null,
  topic text not null,
  from_at timestamp with time zone not null,
  until_at timestamp with time zone not null,
  is_only boolean not null default false,
  pass_id uuid,
  made_at timestamp with time zone not null,
  withdrawn_at timestamp with time zone
);

create table lesson_site (
  school_id text not null,
  lesson_id uuid not null,
  id uuid not null,
  host text not null,
  path text,
  address text not null,
  looked_on date,
  looked_by uuid,
  looked_at timestamp with time zone,
  fingerprint jsonb,
  checked_at timestamp with time zone,
  check_result text,
  differences text[] not null default '{}'::text[],
  removed_at timestamp with time zone
);

create table look_access (
  school_id text not null,
  id uuid not null,
  authority_id uuid,
  target text not null,
  person_id uuid,
  by_id uuid not null,
  at timestamp with time zone not null,
  outcome text not null,
  why text,
  from_day date,
  to_day date,
  before_authority boolean not null default false
);

create table look_authority (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  target text not null,
  purpose text not null,
  person_id uuid not null,
  by_entry boolean not null,
  asked_by uuid not null,
  asked_at timestamp with time zone not null,
  from_day date not null,
  to_day date not null,
  what text not null,
  key_id uuid not null,
  reason bytea not null,
  urgent boolean not null,
  authority_due timestamp with time zone,
  decider text not null,
  state text not null,
  decided_by uuid,
  decided_at timestamp with time zone,
  ends_at timestamp with time zone not null
);

create table membership (
  school_id text not null,
  group_id text not null,
  person_id uuid not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  part text not null default 'member'::text
);

create table monitoring_scope (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  groups text[] not null,
  state text not null,
  review_on date not null,
  advised_by uuid,
  advised_at timestamp with time zone,
  advice text,
  approved_at timestamp with time zone,
  notice text,
  noticed_by uuid,
  noticed_at timestamp with time zone,
  ended_at timestamp with time zone,
  ended_by uuid
);

create table monitoring_week (
  school_id text not null,
  week date not null,
  signed_by uuid not null,
  signed_at timestamp with time zone not null,
  digest text not null,
  note text not null
);

create table outbox (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  kind text not null,
  link text not null,
  made_at timestamp with time zone not null,
  read_at timestamp with time zone,
  sent_at timestamp with time zone,
  attempts integer not null default 0,
  failure text,
  next_attempt_at timestamp with time zone
);

create table pack_onward (
  school_id text not null,
  id uuid not null,
  pack_id uuid not null,
  key_id uuid not null,
  asked_by uuid not null,
  asked_at timestamp with time zone not null,
  reason bytea not null,
  reported_by uuid,
  reported_at timestamp with time zone,
  reported_on date,
  reported_to bytea,
  how text,
  digest text
);

create table pack_question (
  school_id text not null,
  id uuid not null,
  pack_id uuid not null,
  key_id uuid not null,
  asked_by uuid not null,
  asked_at timestamp with time zone not null,
  question bytea not null,
  answered_by uuid,
  answered_at timestamp with time zone,
  answer bytea
);

create table pack_receipt (
  school_id text not null,
  pack_id uuid not null,
  person_id uuid not null,
  read_at timestamp with time zone not null,
  signed_at timestamp with time zone
);

create table paging_attempt (
  school_id text not null,
  message_id uuid not null,
  number integer not null,
  began_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ok boolean,
  outcome text
);

create table paging_channel (
  school_id text not null,
  id uuid not null,
  kind text not null,
  name text not null,
  host text not null,
  key_id uuid not null,
  settings bytea not null,
  added_at timestamp with time zone not null,
  added_by uuid not null,
  reason text not null,
  proven_at timestamp with time zone,
  proven_by uuid,
  failing_since timestamp with time zone,
  ended_at timestamp with time zone,
  ended_by uuid,
  end_reason text
);

create table paging_message (
  school_id text not null,
  id uuid not null,
  channel_id uuid not null,
  kind text not null,
  thread_id uuid,
  rung integer not null,
  person_id uuid,
  made_at timestamp with time zone not null,
  state text not null,
  attempts integer not null default 0,
  next_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  wrong_codes integer not null default 0,
  report_id uuid
);

create table paging_number (
  school_id text not null,
  person_id uuid not null,
  key_id uuid not null,
  number bytea not null,
  set_at timestamp with time zone not null,
  confirmed_at timestamp with time zone
);

create table pass (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  digest text not null,
  kind text not null,
  state text not null,
  alone boolean not null default false,
  class_id text,
  asked_by uuid not null,
  asked_at timestamp with time zone not null,
  from_at timestamp with time zone not null,
  until_at timestamp with time zone not null,
  copied_from uuid,
  granted_at timestamp with time zone,
  ended_at timestamp with time zone,
  ended_how text,
  shut_at timestamp with time zone,
  shut_result text
);

create table pass_limits (
  school_id text not null,
  id uuid not null,
  categories text[] not null,
  minutes integer not null,
  per_week integer not null,
  reason text not null,
  set_by uuid not null,
  set_at timestamp with time zone not null
);

create table people_group (
  school_id text not null,
  id text not null,
  kind text not null,
  name text not null
);

create table person (
  school_id text not null,
  id uuid not null,
  given_name text not null,
  family_name text not null,
  external_id text,
  email text,
  date_of_birth date,
  joined_on date not null,
  left_on date,
  created_at timestamp with time zone not null
);

create table policy_clause (
  school_id text not null,
  version_id uuid not null,
  clause_id text not null,
  "position" integer not null,
  section text not null,
  words text not null,
  since timestamp with time zone
);

create table policy_comment (
  school_id text not null,
  id uuid not null,
  version_id uuid not null,
  clause_id text,
  person_id uuid not null,
  words text not null,
  made_at timestamp with time zone not null
);

create table policy_document (
  school_id text not null,
  document_id text not null,
  version text not null,
  approved_on date not null,
  next_review date,
  place text not null,
  checked_by uuid not null,
  checked_at timestamp with time zone not null
);

create table policy_signature (
  school_id text not null,
  version_id uuid not null,
  part text not null,
  person_id uuid not null,
  name text not null,
  job_title text not null,
  digest text not null,
  signed_at timestamp with time zone not null
);

create table policy_trigger (
  school_id text not null,
  id uuid not null,
  policy text not null,
  kind text not null,
  summary text not null,
  reference text,
  happened_on date not null,
  raised_by uuid,
  raised_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  version_id uuid,
  settled_at timestamp with time zone
);

create table policy_version (
  school_id text not null,
  id uuid not null,
  policy text not null,
  number integer not null,
  state text not null,
  title text not null,
  reference text not null,
  reason text not null,
  opened_by uuid,
  opened_at timestamp with time zone not null,
  findings text,
  consulted_from timestamp with time zone,
  consulted_to timestamp with time zone,
  comments_until date,
  proposed_by uuid,
  proposed_by_headteacher boolean,
  proposed_at timestamp with time zone,
  request_id uuid,
  approved_by uuid,
  approved_at timestamp with time zone,
  meeting_on date,
  minute_reference text,
  present integer,
  in_office integer,
  last_reviewed date,
  next_review date,
  date_precision text not null default 'day'::text,
  digest text,
  published_by uuid,
  published_at timestamp with time zone,
  superseded_at timestamp with time zone
);

create table record_key (
  school_id text not null,
  id uuid not null,
  wrapped bytea,
  made_at timestamp with time zone not null,
  erased_at timestamp with time zone
);

create table relation (
  school_id text not null,
  adult_id uuid not null,
  child_id uuid not null,
  kind text not null default 'parent'::text,
  no_contact boolean not null default false
);

create table report (
  school_id text not null,
  id uuid not null,
  kind text not null,
  category text not null,
  seriousness text not null,
  who text not null,
  made_by uuid,
  about text not null,
  danger_now boolean not null,
  key_id uuid not null,
  words bytea not null,
  names bytea,
  happened_at timestamp with time zone,
  happened_when text not null,
  place text not null,
  received_at timestamp with time zone not null,
  acknowledged_at timestamp with time zone,
  acknowledged_by uuid,
  made_late boolean,
  outside_advice boolean not null,
  guidance text[] not null,
  clicked boolean not null default false,
  case_id uuid,
  digest_on date,
  campaign bytea,
  code_hmac bytea,
  form_hmac bytea,
  severity integer,
  urgent_at timestamp with time zone,
  seen_at timestamp with time zone,
  seen_by uuid
);

create table report_drill (
  school_id text not null,
  id uuid not null,
  kind text not null,
  group_id text,
  by_id uuid,
  at timestamp with time zone not null,
  probes text[] not null,
  failed text[] not null
);

create table report_excluded (
  school_id text not null,
  person_id uuid not null,
  report_id uuid not null,
  why text not null
);

create table report_guess (
  school_id text not null,
  tokens double precision not null,
  told_at timestamp with time zone,
  at timestamp with time zone not null
);

create table report_message (
  school_id text not null,
  report_id uuid not null,
  form text not null,
  content bytea not null,
  sha256 text not null,
  size integer not null,
  headers bytea not null
);

create table report_page (
  school_id text not null,
  report_id uuid not null,
  round integer not null,
  rung integer not null,
  person_id uuid not null,
  at timestamp with time zone not null,
  acknowledged_at timestamp with time zone,
  acknowledged_by uuid
);

create table report_reading (
  school_id text not null,
  id uuid not null,
  report_id uuid not null,
  text_of text not null,
  thread_id uuid,
  at timestamp with time zone not null,
  severity integer not null,
  content bytea not null
);

create table report_recipient (
  school_id text not null,
  report_id uuid not null,
  role text not null,
  content boolean not null,
  person_id uuid
);

create table report_thread (
  school_id text not null,
  id uuid not null,
  report_id uuid not null,
  from_reporter boolean not null,
  author_id uuid,
  at timestamp with time zone not null,
  words bytea not null
);

create table reporting_guidance (
  school_id text not null,
  id uuid not null,
  digest text not null,
  published_at timestamp with time zone not null,
  published_by uuid not null
);

create table reporting_guidance_receipt (
  school_id text not null,
  person_id uuid not null,
  digest text not null,
  at timestamp with time zone not null
);

create table request (
  school_id text not null,
  id uuid not null,
  kind text not null,
  subject text not null,
  payload text not null,
  digest text not null,
  reason text not null,
  proposed_by uuid not null,
  proposed_at timestamp with time zone not null,
  state text not null default 'waiting'::text,
  decided_by uuid,
  decided_at timestamp with time zone,
  decision_reason text
);

create table review (
  school_id text not null,
  id uuid not null,
  kind text not null,
  item text not null default ''::text,
  held_on date not null,
  made_by uuid not null,
  made_at timestamp with time zone not null,
  key_id uuid not null,
  version integer not null default 1,
  signed_version integer,
  completed_at timestamp with time zone
);

create table review_version (
  school_id text not null,
  review_id uuid not null,
  version integer not null,
  words bytea not null,
  digest text not null,
  posts text[] not null,
  people uuid[] not null,
  written_by uuid not null,
  written_at timestamp with time zone not null,
  signed_by uuid,
  signed_at timestamp with time zone
);

create table sanction (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  person_id uuid not null,
  response text not null,
  rule text not null,
  decided_by uuid not null,
  decided_at timestamp with time zone not null,
  reasons bytea not null,
  starts_at timestamp with time zone not null,
  review_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  alternatives bytea,
  lado_asked boolean,
  ended_at timestamp with time zone,
  ended_how text,
  reviewed_at timestamp with time zone,
  appeal text not null default 'none'::text,
  appeal_words bytea,
  appeal_decided_by uuid
);

create table schema_migration (
  name text not null,
  digest text not null,
  applied_at timestamp with time zone not null default now()
);

create table school (
  id text not null,
  name text not null,
  nation text not null default 'england'::text,
  kind text not null default 'maintained-primary'::text,
  sample boolean not null,
  idle_minutes integer not null default 10,
  settings jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null
);

create table search_authorisation (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  given_by uuid not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone
);

create table search_custody (
  school_id text not null,
  id uuid not null,
  search_id uuid not null,
  step text not null,
  at timestamp with time zone not null,
  by_id uuid not null,
  words bytea not null
);

create table session (
  school_id text not null,
  token_hash bytea not null,
  person_id uuid not null,
  account_id uuid not null,
  started_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  previous_seen_at timestamp with time zone,
  ends_at timestamp with time zone not null
);

create table site_request (
  school_id text not null,
  host text not null,
  category text not null,
  purpose text not null,
  times integer not null default 1,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  settled_by uuid
);

create table spent_form (
  school_id text not null,
  token text not null,
  at timestamp with time zone not null
);

create table term (
  school_id text not null,
  from_date date not null,
  to_date date not null,
  name text not null
);

create table use_notice (
  school_id text not null,
  person_id uuid not null,
  at timestamp with time zone not null,
  version integer not null,
  how text not null,
  by_id uuid not null
);

create table watcher_report (
  school_id text not null,
  id uuid not null,
  reader text not null,
  from_day date not null,
  to_day date not null,
  made_at timestamp with time zone not null,
  looks integer not null,
  refused integer not null,
  before_authority integer not null,
  digest text not null,
  due_at timestamp with time zone not null,
  read_by uuid,
  read_at timestamp with time zone,
  key_id uuid,
  note bytea
);

-- Constraints

alter table absence add constraint absence_check CHECK ((to_at > from_at));

alter table absence add constraint absence_pkey PRIMARY KEY (school_id, id);

alter table absence add constraint absence_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES person(school_id, id);

alter table access_note add constraint access_note_kind_check CHECK ((kind = ANY (ARRAY['suspended'::text, 'restored'::text])));

alter table access_note add constraint access_note_pkey PRIMARY KEY (school_id, id);

alter table access_note add constraint access_note_school_id_key_id_fkey FOREIGN KEY (school_id, key_id) REFERENCES record_key(school_id, id);

alter table access_note add constraint access_note_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES person(school_id, id);

alter table access_restriction add constraint access_restriction_pkey PRIMARY KEY (school_id, id);

alter table access_restriction add constraint access_restriction_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table access_restriction add constraint access_restriction_what_check CHECK ((what = ANY (ARRAY['sign-in'::text, 'internet'::text])));

alter table account add constraint account_pkey PRIMARY KEY (school_id, id);

alter table account add constraint account_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES person(school_id, id);

alter table account add constraint account_username_check CHECK (((username = lower(username)) AND ((length(username) >= 1) AND (length(username) <= 64))));

alter table activity add constraint activity_pkey PRIMARY KEY (school_id, at, id);

alter table activity add constraint activity_term_check CHECK (((length(term) >= 1) AND (length(term) <= 200)));

alter table activity add constraint activity_verdict_check CHECK ((verdict = ANY (ARRAY['allow'::text, 'warn'::text, 'block'::text])));

alter table activity_daily add constraint activity_daily_pkey PRIMARY KEY (school_id, day, groups, category, verdict);

alter table activity_daily_site add constraint activity_daily_site_pkey PRIMARY KEY (school_id, day, host, verdict, category);

alter table activity_day add constraint activity_day_check CHECK (((sealed_at IS NULL) = (file_key IS NULL)));

alter table activity_day add constraint activity_day_check1 CHECK (((sealed_at IS NULL) = (file_sha256 IS NULL)));

alter table activity_day add constraint activity_day_pkey PRIMARY KEY (school_id, day);

alter table activity_day add constraint activity_day_school_id_file_key_fkey FOREIGN KEY (school_id, file_key) REFERENCES record_key(school_id, id);

alter table activity_hold add constraint activity_hold_check CHECK ((from_day <= to_day));

alter table activity_hold add constraint activity_hold_check1 CHECK (((ended_at IS NULL) = (ended_by IS NULL)));

alter table activity_hold add constraint activity_hold_pkey PRIMARY KEY (school_id, id);

alter table activity_hold add constraint activity_hold_school_id_key_id_fkey FOREIGN KEY (school_id, key_id) REFERENCES record_key(school_id, id);

alter table activity_retention add constraint activity_retention_months_check CHECK (((months >= 1) AND (months <= 84)));

alter table activity_retention add constraint activity_retention_pkey PRIMARY KEY (school_id, request_id);

alter table activity_retention add constraint activity_retention_school_id_request_id_fkey FOREIGN KEY (school_id, request_id) REFERENCES request(school_id, id);

alter table activity_segment add constraint activity_segment_pkey PRIMARY KEY (school_id, id);

alter table activity_segment add constraint activity_segment_source_check CHECK ((source = ANY (ARRAY['gateway'::text, 'import'::text])));

alter table activity_site add constraint activity_site_pkey PRIMARY KEY (school_id, host);

alter table appointment add constraint appointment_check CHECK (((to_at IS NULL) OR (to_at >= from_at)));

alter table appointment add constraint appointment_check1 CHECK (((deputy_id IS NULL) OR (deputy_id <> person_id)));

alter table appointment add constraint appointment_pkey PRIMARY KEY (school_id, id);

alter table appointment add constraint appointment_school_id_deputy_id_fkey FOREIGN KEY (school_id, deputy_id) REFERENCES person(school_id, id);

alter table appointment add constraint appointment_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES person(school_id, id);

alter table appointment_note add constraint appointment_note_kind_check CHECK ((kind = ANY (ARRAY['conflict'::text, 'not-deputy-head'::text, 'service'::text])));

alter table appointment_note add constraint appointment_note_pkey PRIMARY KEY (school_id, id);

alter table appointment_note add constraint appointment_note_school_id_appointment_id_fkey FOREIGN KEY (school_id, appointment_id) REFERENCES appointment(school_id, id);

alter table appointment_note add constraint appointment_note_text_check CHECK (((length(text) >= 1) AND (length(text) <= 2000)));

alter table attempt_outcome add constraint attempt_outcome_check CHECK (((outcome = 'reported'::text) = (report_id IS NOT NULL)));

alter table attempt_outcome add constraint attempt_outcome_check1 CHECK (((outcome = 'no-misuse'::text) = (reason IS NOT NULL)));

alter table attempt_outcome add constraint attempt_outcome_check2 CHECK (((key_id IS NULL) = (reason IS NULL)));

alter table attempt_outcome add constraint attempt_outcome_outcome_check CHECK ((outcome = ANY (ARRAY['reported'::text, 'no-misuse'::text])));

alter table attempt_outcome add constraint attempt_outcome_pkey PRIMARY KEY (school_id, id);

alter table attempt_outcome add constraint attempt_outcome_school_id_key_id_fkey FOREIGN KEY (school_id, key_id) REFERENCES record_key(school_id, id);

alter table attempt_outcome add constraint attempt_outcome_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES report(school_id, id);

alter table breach_entry add constraint breach_entry_kind_check CHECK ((kind = ANY (ARRAY['awareness'::text, 'assessment'::text, 'decision'::text, 'notice'::text, 'notice-sent'::text, 'people-told'::text])));

alter table breach_entry add constraint breach_entry_pkey PRIMARY KEY (school_id, id);

alter table breach_entry add constraint breach_entry_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES data_breach(school_id, case_id);

alter table breach_entry add constraint breach_entry_school_id_case_id_kind_version_key UNIQUE (school_id, case_id, kind, version);

alter table briefing_answer add constraint briefing_answer_pkey PRIMARY KEY (school_id, briefing, question, person_id, digest, at);

alter table briefing_answer add constraint briefing_answer_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES person(school_id, id);

alter table briefing_given add constraint briefing_given_pkey PRIMARY KEY (school_id, id);

alter table briefing_receipt add constraint briefing_receipt_pkey PRIMARY KEY (school_id, briefing, digest, person_id, at);

alter table briefing_receipt add constraint briefing_receipt_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES person(school_id, id);

alter table case_alert add constraint case_alert_kind_check CHECK ((kind = ANY (ARRAY['headteacher'::text, 'it-contact'::text])));

alter table case_alert add constraint case_alert_pkey PRIMARY KEY (school_id, id);

alter table case_alert add constraint case_alert_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table case_barred add constraint case_barred_pkey PRIMARY KEY (school_id, person_id, case_id);

alter table case_barred add constraint case_barred_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table case_decision add constraint case_decision_kind_check CHECK ((kind = ANY (ARRAY['response'::text, 'procedure'::text, 'no-action'::text, 'other'::text])));

alter table case_decision add constraint case_decision_pkey PRIMARY KEY (school_id, id);

alter table case_decision add constraint case_decision_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table case_file add constraint case_file_audience_check CHECK ((cardinality(audience) > 0));

alter table case_file add constraint case_file_category_check CHECK ((category = ANY (ARRAY['content'::text, 'contact'::text, 'conduct'::text, 'commerce'::text, 'data'::text, 'technical'::text])));

alter table case_file add constraint case_file_pkey PRIMARY KEY (school_id, id);

alter table case_file add constraint case_file_seriousness_check CHECK ((seriousness = ANY (ARRAY['low'::text, 'medium'::text, 'serious'::text])));

alter table case_file add constraint case_file_status_check CHECK ((status = ANY (ARRAY['new'::text, 'triaged'::text, 'in-hand'::text, 'waiting-outside'::text, 'closed'::text, 'reopened'::text])));

alter table case_lesson add constraint case_lesson_area_check CHECK ((area = ANY (ARRAY['security'::text, 'filtering'::text, 'teaching'::text, 'policy'::text, 'training'::text, 'support'::text])));

alter table case_lesson add constraint case_lesson_pkey PRIMARY KEY (school_id, id);

alter table case_note add constraint case_note_pkey PRIMARY KEY (school_id, id);

alter table case_note add constraint case_note_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table case_opening add constraint case_opening_pkey PRIMARY KEY (school_id, id);

alter table case_opening add constraint case_opening_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table case_parent_notice add constraint case_parent_notice_check CHECK (((decided_by IS NULL) OR (decided_by <> proposed_by)));

alter table case_parent_notice add constraint case_parent_notice_pkey PRIMARY KEY (school_id, id);

alter table case_parent_notice add constraint case_parent_notice_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table case_parent_notice add constraint case_parent_notice_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'agreed'::text, 'unsafe'::text, 'given'::text])));

alter table case_party add constraint case_party_check CHECK (((person_id IS NOT NULL) OR (label IS NOT NULL)));

alter table case_party add constraint case_party_part_check CHECK ((part = ANY (ARRAY['harmed'::text, 'subject'::text, 'witness'::text, 'reporter'::text])));

alter table case_party add constraint case_party_pkey PRIMARY KEY (school_id, id);

alter table case_party add constraint case_party_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table case_referral add constraint case_referral_check CHECK ((made OR (reference IS NULL)));

alter table case_referral add constraint case_referral_pkey PRIMARY KEY (school_id, id);

alter table case_referral add constraint case_referral_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table case_task add constraint case_task_pkey PRIMARY KEY (school_id, id);

alter table case_task add constraint case_task_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table class_watch add constraint class_watch_check CHECK ((from_at < to_at));

alter table class_watch add constraint class_watch_outcome_check CHECK ((outcome = ANY (ARRAY['nothing'::text, 'spoke'::text, 'reported'::text])));

alter table class_watch add constraint class_watch_pkey PRIMARY KEY (school_id, id);

alter table clause_set_aside add constraint clause_set_aside_check CHECK (((until_at > from_at) AND (until_at <= (from_at + '366 days'::interval))));

alter table clause_set_aside add constraint clause_set_aside_pkey PRIMARY KEY (school_id, clause_id, from_at);

alter table clause_status add constraint clause_status_pkey PRIMARY KEY (school_id, clause_id, number);

alter table closure add constraint closure_pkey PRIMARY KEY (school_id, on_date);

alter table closure_notice add constraint closure_notice_check CHECK ((to_on > from_on));

alter table closure_notice add constraint closure_notice_pkey PRIMARY KEY (school_id, id);

alter table concern_rule_change add constraint concern_rule_change_check CHECK (((version IS NULL) = (in_force_at IS NULL)));

alter table concern_rule_change add constraint concern_rule_change_check1 CHECK (((state = 'ended'::text) = (ended_at IS NOT NULL)));

alter table concern_rule_change add constraint concern_rule_change_pkey PRIMARY KEY (school_id, id);

alter table concern_rule_change add constraint concern_rule_change_school_id_request_id_fkey FOREIGN KEY (school_id, request_id) REFERENCES request(school_id, id);

alter table concern_rule_change add constraint concern_rule_change_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'in-force'::text, 'refused'::text, 'withdrawn'::text, 'ended'::text])));

alter table contest add constraint contest_answer_check CHECK ((answer = ANY (ARRAY['opened'::text, 'pass'::text, 'stays'::text, 'was-open'::text, 'closed'::text, 'stays-open'::text])));

alter table contest add constraint contest_check CHECK (((key_id IS NULL) = (words IS NULL)));

alter table contest add constraint contest_check1 CHECK ((((answer IS NULL) = (answered_by IS NULL)) AND ((answer IS NULL) = (answered_at IS NULL))));

alter table contest add constraint contest_kind_check CHECK ((kind = ANY (ARRAY['open-it'::text, 'close-it'::text])));

alter table contest add constraint contest_pkey PRIMARY KEY (school_id, id);

alter table contest add constraint contest_purpose_check CHECK ((purpose = ANY (ARRAY['lesson'::text, 'homework'::text, 'work'::text, 'other'::text])));

alter table contest add constraint contest_school_id_key_id_fkey FOREIGN KEY (school_id, key_id) REFERENCES record_key(school_id, id);

alter table contest add constraint contest_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES person(school_id, id);

alter table contest add constraint contest_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES report(school_id, id);

alter table data_breach add constraint data_breach_loss_check CHECK ((loss = ANY (ARRAY['confidentiality'::text, 'integrity'::text, 'availability'::text])));

alter table data_breach add constraint data_breach_pkey PRIMARY KEY (school_id, case_id);

alter table data_breach add constraint data_breach_risk_check CHECK ((risk = ANY (ARRAY['unlikely'::text, 'risk'::text, 'high'::text])));

alter table data_breach add constraint data_breach_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table deadline add constraint deadline_pkey PRIMARY KEY (school_id, id);

alter table deadline add constraint deadline_state_check CHECK ((state = ANY (ARRAY['open'::text, 'met'::text, 'late'::text, 'missed'::text, 'withdrawn'::text])));

alter table deadline_pause add constraint deadline_pause_pkey PRIMARY KEY (school_id, deadline_id, from_at);

alter table deadline_pause add constraint deadline_pause_school_id_deadline_id_fkey FOREIGN KEY (school_id, deadline_id) REFERENCES deadline(school_id, id);

alter table device add constraint device_pkey PRIMARY KEY (school_id, id);

alter table device_inspection add constraint device_inspection_check CHECK (((outcome = 'inspected'::text) = (owner = ANY (ARRAY['school'::text, 'leased'::text]))));

alter table device_inspection add constraint device_inspection_outcome_check CHECK ((outcome = ANY (ARRAY['inspected'::text, 'refused'::text])));

alter table device_inspection add constraint device_inspection_owner_check CHECK ((owner = ANY (ARRAY['school'::text, 'leased'::text, 'pupil'::text, 'staff'::text, 'other'::text])));

alter table device_inspection add constraint device_inspection_pkey PRIMARY KEY (school_id, id);

alter table device_inspection add constraint device_inspection_purpose_check CHECK ((purpose = ANY (ARRAY['business'::text, 'compliance'::text, 'operation'::text, 'quality'::text, 'training'::text, 'subject-access'::text, 'crime'::text])));

alter table device_inspection add constraint device_inspection_school_id_key_id_fkey FOREIGN KEY (school_id, key_id) REFERENCES record_key(school_id, id);

alter table device_search add constraint device_search_check CHECK ((witness_id <> searched_by));

alter table device_search add constraint device_search_ownership_check CHECK ((ownership = ANY (ARRAY['school'::text, 'pupil'::text])));

alter table device_search add constraint device_search_pkey PRIMARY KEY (school_id, id);

alter table device_search add constraint device_search_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table device_search add constraint device_search_status_check CHECK ((status = ANY (ARRAY['held'::text, 'examined'::text, 'suspected-image'::text, 'returned'::text, 'police'::text])));

alter table duty_confirmation add constraint duty_confirmation_pkey PRIMARY KEY (school_id, id);

alter table evidence_file add constraint evidence_file_pkey PRIMARY KEY (school_id, id);

alter table evidence_file add constraint evidence_file_scan_check CHECK ((scan = ANY (ARRAY['clean'::text, 'not-scanned'::text])));

alter table evidence_file add constraint evidence_file_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table filter_change add constraint filter_change_check CHECK (((state = ANY (ARRAY['in-force'::text, 'ended'::text])) = (in_force_at IS NOT NULL)));

alter table filter_change add constraint filter_change_pkey PRIMARY KEY (school_id, id);

alter table filter_change add constraint filter_change_school_id_request_id_fkey FOREIGN KEY (school_id, request_id) REFERENCES request(school_id, id);

alter table filter_change add constraint filter_change_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'in-force'::text, 'refused'::text, 'withdrawn'::text, 'ended'::text])));

alter table filter_change add constraint filter_change_test_result_check CHECK ((test_result = ANY (ARRAY['passed'::text, 'failed'::text, 'inconclusive'::text])));

alter table filter_draft add constraint filter_draft_pkey PRIMARY KEY (school_id, id);

alter table filter_drift add constraint filter_drift_pkey PRIMARY KEY (school_id, id);

alter table filter_drift add constraint filter_drift_place_check CHECK ((place = ANY (ARRAY['bundle'::text, 'lists'::text, 'database'::text])));

alter table filter_lists add constraint filter_lists_pkey PRIMARY KEY (school_id, id);

alter table filter_log_review add constraint filter_log_review_pkey PRIMARY KEY (school_id, id);

alter table filter_matrix_round add constraint filter_matrix_round_pkey PRIMARY KEY (school_id, id);

alter table filter_matrix_round add constraint filter_matrix_round_result_check CHECK ((result = ANY (ARRAY['passed'::text, 'failed'::text, 'inconclusive'::text])));

alter table filter_overblock add constraint filter_overblock_pkey PRIMARY KEY (school_id, id);

alter table filter_replay add constraint filter_replay_pkey PRIMARY KEY (school_id, id);

alter table filter_span add constraint filter_span_check CHECK (((to_at IS NULL) OR (to_at >= from_at)));

alter table filter_span add constraint filter_span_pkey PRIMARY KEY (school_id, change_id, from_at);

alter table filter_span add constraint filter_span_school_id_change_id_fkey FOREIGN KEY (school_id, change_id) REFERENCES filter_change(school_id, id);

alter table filter_state add constraint filter_state_pkey PRIMARY KEY (school_id);

alter table filter_test add constraint filter_test_pkey PRIMARY KEY (school_id, id);

alter table filter_test add constraint filter_test_result_check CHECK ((result = ANY (ARRAY['passed'::text, 'failed'::text, 'inconclusive'::text])));

alter table flag add constraint flag_pkey PRIMARY KEY (school_id, id);

alter table flag add constraint flag_school_id_thread_id_fkey FOREIGN KEY (school_id, thread_id) REFERENCES flag_thread(school_id, id);

alter table flag add constraint flag_severity_check CHECK (((severity >= 1) AND (severity <= 5)));

alter table flag add constraint flag_source_check CHECK ((source = ANY (ARRAY['extension'::text, 'activity'::text, 'report'::text])));

alter table flag_page add constraint flag_page_pkey PRIMARY KEY (school_id, thread_id, round, rung, person_id);

alter table flag_page add constraint flag_page_school_id_thread_id_fkey FOREIGN KEY (school_id, thread_id) REFERENCES flag_thread(school_id, id);

alter table flag_thread add constraint flag_thread_audience_check CHECK ((audience = ANY (ARRAY['safeguarding'::text, 'headteacher'::text, 'chair'::text])));

alter table flag_thread add constraint flag_thread_check CHECK (((state = ANY (ARRAY['real'::text, 'not-a-concern'::text])) = (decided_at IS NOT NULL)));

alter table flag_thread add constraint flag_thread_pkey PRIMARY KEY (school_id, id);

alter table flag_thread add constraint flag_thread_severity_check CHECK (((severity >= 1) AND (severity <= 5)));

alter table flag_thread add constraint flag_thread_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'watch'::text, 'real'::text, 'not-a-concern'::text])));

alter table governors_pack add constraint governors_pack_pkey PRIMARY KEY (school_id, id);

alter table help_check add constraint help_check_pkey PRIMARY KEY (school_id, id);

alter table illegal_path add constraint illegal_path_pkey PRIMARY KEY (school_id, case_id);

alter table illegal_path add constraint illegal_path_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table illegal_step add constraint illegal_step_pkey PRIMARY KEY (school_id, id);

alter table illegal_step add constraint illegal_step_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES illegal_path(school_id, case_id);

alter table junk_digest add constraint junk_digest_check CHECK (((looked_at IS NULL) = (looked_by IS NULL)));

alter table junk_digest add constraint junk_digest_pkey PRIMARY KEY (school_id, on_date);

alter table ledger_checkpoint add constraint ledger_checkpoint_pkey PRIMARY KEY (school_id, size);

alter table ledger_entry add constraint ledger_entry_pkey PRIMARY KEY (school_id, seq);

alter table ledger_head add constraint ledger_head_pkey PRIMARY KEY (school_id);

alter table lesson add constraint lesson_check CHECK ((from_at < until_at));

alter table lesson add constraint lesson_pkey PRIMARY KEY (school_id, id);

alter table lesson add constraint lesson_school_id_pass_id_fkey FOREIGN KEY (school_id, pass_id) REFERENCES pass(school_id, id);

alter table lesson_site add constraint lesson_site_check CHECK ((((looked_on IS NULL) = (looked_by IS NULL)) AND ((looked_on IS NULL) = (looked_at IS NULL))));

alter table lesson_site add constraint lesson_site_check_result_check CHECK ((check_result = ANY (ARRAY['same'::text, 'changed'::text, 'unknown'::text])));

alter table lesson_site add constraint lesson_site_pkey PRIMARY KEY (school_id, lesson_id, id);

alter table lesson_site add constraint lesson_site_school_id_lesson_id_fkey FOREIGN KEY (school_id, lesson_id) REFERENCES lesson(school_id, id);

alter table look_access add constraint look_access_check CHECK (((outcome = 'refused'::text) = (why IS NOT NULL)));

alter table look_access add constraint look_access_check1 CHECK (((outcome = 'refused'::text) OR (authority_id IS NOT NULL)));

alter table look_access add constraint look_access_outcome_check CHECK ((outcome = ANY (ARRAY['opened'::text, 'refused'::text])));

alter table look_access add constraint look_access_pkey PRIMARY KEY (school_id, id);

alter table look_access add constraint look_access_target_check CHECK ((target = ANY (ARRAY['log'::text, 'device'::text, 'mail'::text])));

alter table look_authority add constraint look_authority_check CHECK ((from_day <= to_day));

alter table look_authority add constraint look_authority_check1 CHECK ((urgent = (authority_due IS NOT NULL)));

alter table look_authority add constraint look_authority_check2 CHECK ((asked_by <> person_id));

alter table look_authority add constraint look_authority_check3 CHECK (((decided_by IS NULL) OR ((decided_by <> asked_by) AND (decided_by <> person_id))));

alter table look_authority add constraint look_authority_check4 CHECK (((state <> 'approved'::text) OR (decided_by IS NOT NULL)));

alter table look_authority add constraint look_authority_decider_check CHECK ((decider = ANY (ARRAY['headteacher'::text, 'chair'::text])));

alter table look_authority add constraint look_authority_pkey PRIMARY KEY (school_id, id);

alter table look_authority add constraint look_authority_purpose_check CHECK ((purpose = ANY (ARRAY['business'::text, 'compliance'::text, 'operation'::text, 'quality'::text, 'training'::text, 'subject-access'::text, 'crime'::text])));

alter table look_authority add constraint look_authority_school_id_key_id_fkey FOREIGN KEY (school_id, key_id) REFERENCES record_key(school_id, id);

alter table look_authority add constraint look_authority_school_id_request_id_fkey FOREIGN KEY (school_id, request_id) REFERENCES request(school_id, id);

alter table look_authority add constraint look_authority_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'approved'::text, 'refused'::text, 'withdrawn'::text, 'ended'::text])));

alter table look_authority add constraint look_authority_target_check CHECK ((target = ANY (ARRAY['log'::text, 'device'::text, 'mail'::text])));

alter table look_authority add constraint look_authority_what_check CHECK ((what = ANY (ARRAY['everything'::text, 'not-allowed'::text])));

alter table membership add constraint membership_part_check CHECK ((part = ANY (ARRAY['member'::text, 'teacher'::text])));

alter table membership add constraint membership_pkey PRIMARY KEY (school_id, group_id, person_id, from_at);

alter table membership add constraint membership_school_id_group_id_fkey FOREIGN KEY (school_id, group_id) REFERENCES people_group(school_id, id);

alter table membership add constraint membership_school_id_person_id_fkey FOREIGN KEY (school_id, person_id) REFERENCES person(school_id, id);

alter table monitoring_scope add constraint monitoring_scope_check CHECK (((state = 'in-force'::text) <= ((noticed_at IS NOT NULL) AND (approved_at IS NOT NULL) AND (advised_at IS NOT NULL))));

alter table monitoring_scope add constraint monitoring_scope_pkey PRIMARY KEY (school_id, id);

alter table monitoring_scope add constraint monitoring_scope_school_id_request_id_fkey FOREIGN KEY (school_id, request_id) REFERENCES request(school_id, id);

alter table monitoring_scope add constraint monitoring_scope_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'approved'::text, 'in-force'::text, 'refused'::text, 'ended'::text])));

alter table monitoring_week add constraint monitoring_week_pkey PRIMARY KEY (school_id, week, signed_at);

alter table outbox add constraint outbox_pkey PRIMARY KEY (school_id, id);

alter table pack_onward add constraint pack_onward_check CHECK ((num_nulls(reported_by, reported_at, reported_on, reported_to, how, digest) = ANY (ARRAY[0, 6])));

alter table pack_onward add constraint pack_onward_how_check CHECK ((how = ANY (ARRAY['meeting'::text, 'email'::text, 'post'::text, 'hand'::text])));

alter table pack_onward add constraint pack_onward_pkey PRIMARY KEY (school_id, id);

alter table pack_onward add constraint pack_onward_school_id_pack_id_fkey FOREIGN KEY (school_id, pack_id) REFERENCES governors_pack(school_id, id);

alter table pack_question add constraint pack_question_check CHECK (((answer IS NULL) = (answered_at IS NULL)));

alter table pack_question add constraint pack_question_pkey PRIMARY KEY (school_id, id);

alter table pack_question add constraint pack_question_school_id_pack_id_fkey FOREIGN KEY (school_id, pack_id) REFERENCES governors_pack(school_id, id);

alter table pack_receipt add constraint pack_receipt_pkey PRIMARY KEY (school_id, pack_id, person_id);

alter table pack_receipt add constraint pack_receipt_school_id_pack_id_fkey FOREIGN KEY (school_id, pack_id) REFERENCES governors_pack(school_id, id);

alter table paging_attempt add constraint paging_attempt_pkey PRIMARY KEY (school_id, message_id, number);

alter table paging_attempt add constraint paging_attempt_school_id_message_id_fkey FOREIGN KEY (school_id, message_id) REFERENCES paging_message(school_id, id) ON DELETE CASCADE;

alter table paging_channel add constraint paging_channel_check CHECK (((proven_at IS NULL) = (proven_by IS NULL)));

alter table paging_channel add constraint paging_channel_check1 CHECK (((ended_at IS NULL) = (ended_by IS NULL)));

alter table paging_channel add constraint paging_channel_kind_check CHECK ((kind = ANY (ARRAY['webhook'::text, 'sms'::text])));

alter table paging_channel add constraint paging_channel_pkey PRIMARY KEY (school_id, id);

alter table paging_message add constraint paging_message_check CHECK ((num_nonnulls(thread_id, report_id) = ((kind = 'page'::text))::integer));

alter table paging_message add constraint paging_message_check1 CHECK (((state = 'waiting'::text) = (ended_at IS NULL)));

alter table paging_message add constraint paging_message_kind_check CHECK ((kind = ANY (ARRAY['page'::text, 'test'::text])));

alter table paging_message add constraint paging_message_pkey PRIMARY KEY (school_id, id);

alter table paging_message add constraint paging_message_school_id_channel_id_fkey FOREIGN KEY (school_id, channel_id) REFERENCES paging_channel(school_id, id);

alter table paging_message add constraint paging_message_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'given-up'::text, 'not-needed'::text])));

alter table paging_number add constraint paging_number_pkey PRIMARY KEY (school_id, person_id);

alter table pass add constraint pass_check CHECK ((from_at < until_at));

alter table pass add constraint pass_check1 CHECK (((state = ANY (ARRAY['granted'::text, 'ended'::text])) = (granted_at IS NOT NULL)));

alter table pass add constraint pass_check2 CHECK (((state = 'ended'::text) = ((ended_at IS NOT NULL) AND (ended_how IS NOT NULL))));

alter table pass add constraint pass_ended_how_check CHECK ((ended_how = ANY (ARRAY['time'::text, 'early'::text, 'left'::text])));

alter table pass add constraint pass_kind_check CHECK ((kind = ANY (ARRAY['sites'::text, 'technology'::text, 'lesson'::text])));

alter table pass add constraint pass_pkey PRIMARY KEY (school_id, id);

alter table pass add constraint pass_school_id_request_id_fkey FOREIGN KEY (school_id, request_id) REFERENCES request(school_id, id);

alter table pass add constraint pass_shut_result_check CHECK ((shut_result = ANY (ARRAY['shut'::text, 'open'::text, 'unknown'::text])));

alter table pass add constraint pass_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'granted'::text, 'refused'::text, 'withdrawn'::text, 'ended'::text])));

alter table pass_limits add constraint pass_limits_minutes_check CHECK (((minutes >= 0) AND (minutes <= 480)));

alter table pass_limits add constraint pass_limits_per_week_check CHECK (((per_week >= 0) AND (per_week <= 50)));

alter table pass_limits add constraint pass_limits_pkey PRIMARY KEY (school_id, id);

alter table people_group add constraint people_group_kind_check CHECK ((kind = ANY (ARRAY['filter'::text, 'year'::text, 'class'::text])));

alter table people_group add constraint people_group_pkey PRIMARY KEY (school_id, id);

alter table person add constraint person_pkey PRIMARY KEY (school_id, id);

alter table policy_clause add constraint policy_clause_pkey PRIMARY KEY (school_id, version_id, clause_id);

alter table policy_clause add constraint policy_clause_school_id_version_id_fkey FOREIGN KEY (school_id, version_id) REFERENCES policy_version(school_id, id);

alter table policy_clause add constraint policy_clause_words_check CHECK (((length(words) >= 1) AND (length(words) <= 1000)));

alter table policy_comment add constraint policy_comment_pkey PRIMARY KEY (school_id, id);

alter table policy_comment add constraint policy_comment_school_id_version_id_fkey FOREIGN KEY (school_id, version_id) REFERENCES policy_version(school_id, id);

alter table policy_document add constraint policy_document_pkey PRIMARY KEY (school_id, document_id);

alter table policy_signature add constraint policy_signature_part_check CHECK ((part = ANY (ARRAY['headteacher'::text, 'governor'::text])));

alter table policy_signature add constraint policy_signature_pkey PRIMARY KEY (school_id, version_id, part);

alter table policy_signature add constraint policy_signature_school_id_version_id_fkey FOREIGN KEY (school_id, version_id) REFERENCES policy_version(school_id, id);

alter table policy_signature add constraint policy_signature_school_id_version_id_person_id_key UNIQUE (school_id, version_id, person_id);

alter table policy_trigger add constraint policy_trigger_check CHECK (((version_id IS NULL) = (settled_at IS NULL)));

alter table policy_trigger add constraint policy_trigger_kind_check CHECK ((kind = ANY (ARRAY['incident'::text, 'law'::text, 'technology'::text, 'threat'::text])));

alter table policy_trigger add constraint policy_trigger_pkey PRIMARY KEY (school_id, id);

alter table policy_trigger add constraint policy_trigger_policy_check CHECK ((policy = ANY (ARRAY['A'::text, 'B'::text])));

alter table policy_version add constraint policy_version_check CHECK (((present IS NULL) OR ((present * 2) >= in_office)));

alter table policy_version add constraint policy_version_check1 CHECK (((state <> ALL (ARRAY['approved'::text, 'published'::text, 'superseded'::text])) OR ((digest IS NOT NULL) AND (last_reviewed IS NOT NULL) AND (next_review IS NOT NULL))));

alter table policy_version add constraint policy_version_check2 CHECK (((reason = 'paper'::text) OR (state = ANY (ARRAY['draft'::text, 'consultation'::text, 'abandoned'::text])) OR (findings IS NOT NULL)));

alter table policy_version add constraint policy_version_date_precision_check CHECK ((date_precision = ANY (ARRAY['day'::text, 'month'::text])));

alter table policy_version add constraint policy_version_number_check CHECK ((number > 0));

alter table policy_version add constraint policy_version_pkey PRIMARY KEY (school_id, id);

alter table policy_version add constraint policy_version_policy_check CHECK ((policy = ANY (ARRAY['A'::text, 'B'::text])));

alter table policy_version add constraint policy_version_reason_check CHECK ((reason = ANY (ARRAY['paper'::text, 'yearly'::text, 'early'::text])));

alter table policy_version add constraint policy_version_school_id_policy_number_key UNIQUE (school_id, policy, number);

alter table policy_version add constraint policy_version_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'consultation'::text, 'proposed'::text, 'approved'::text, 'published'::text, 'superseded'::text, 'abandoned'::text])));

alter table record_key add constraint record_key_check CHECK (((wrapped IS NULL) = (erased_at IS NOT NULL)));

alter table record_key add constraint record_key_pkey PRIMARY KEY (school_id, id);

alter table relation add constraint relation_pkey PRIMARY KEY (school_id, adult_id, child_id);

alter table relation add constraint relation_school_id_adult_id_fkey FOREIGN KEY (school_id, adult_id) REFERENCES person(school_id, id);

alter table relation add constraint relation_school_id_child_id_fkey FOREIGN KEY (school_id, child_id) REFERENCES person(school_id, id);

alter table report add constraint report_category_check CHECK ((category = ANY (ARRAY['content'::text, 'contact'::text, 'conduct'::text, 'commerce'::text, 'data'::text, 'technical'::text])));

alter table report add constraint report_check CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL)));

alter table report add constraint report_check1 CHECK (((case_id IS NULL) OR (digest_on IS NULL)));

alter table report add constraint report_pkey PRIMARY KEY (school_id, id);

alter table report add constraint report_place_check CHECK ((place = ANY (ARRAY['school'::text, 'elsewhere'::text, 'unknown'::text])));

alter table report add constraint report_seriousness_check CHECK ((seriousness = ANY (ARRAY['low'::text, 'medium'::text, 'serious'::text])));

alter table report add constraint report_severity_check CHECK (((severity >= 0) AND (severity <= 5)));

alter table report add constraint report_who_check CHECK ((who = ANY (ARRAY['pupil'::text, 'parent'::text, 'staff'::text, 'visitor'::text])));

alter table report_drill add constraint report_drill_check CHECK (((kind = 'class'::text) = ((group_id IS NOT NULL) AND (by_id IS NOT NULL))));

alter table report_drill add constraint report_drill_kind_check CHECK ((kind = ANY (ARRAY['nightly'::text, 'class'::text])));

alter table report_drill add constraint report_drill_pkey PRIMARY KEY (school_id, id);

alter table report_excluded add constraint report_excluded_pkey PRIMARY KEY (school_id, person_id, report_id);

alter table report_excluded add constraint report_excluded_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES report(school_id, id);

alter table report_excluded add constraint report_excluded_why_check CHECK ((why = ANY (ARRAY['chosen'::text, 'named'::text])));

alter table report_guess add constraint report_guess_pkey PRIMARY KEY (school_id);

alter table report_message add constraint report_message_form_check CHECK ((form = ANY (ARRAY['pasted'::text, 'file'::text])));

alter table report_message add constraint report_message_pkey PRIMARY KEY (school_id, report_id);

alter table report_message add constraint report_message_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES report(school_id, id);

alter table report_page add constraint report_page_pkey PRIMARY KEY (school_id, report_id, round, rung, person_id);

alter table report_page add constraint report_page_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES report(school_id, id);

alter table report_reading add constraint report_reading_check CHECK (((text_of = 'thread'::text) = (thread_id IS NOT NULL)));

alter table report_reading add constraint report_reading_pkey PRIMARY KEY (school_id, id);

alter table report_reading add constraint report_reading_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES report(school_id, id);

alter table report_reading add constraint report_reading_severity_check CHECK (((severity >= 0) AND (severity <= 5)));

alter table report_reading add constraint report_reading_text_of_check CHECK ((text_of = ANY (ARRAY['words'::text, 'message'::text, 'thread'::text])));

alter table report_recipient add constraint report_recipient_pkey PRIMARY KEY (school_id, report_id, role);

alter table report_recipient add constraint report_recipient_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES report(school_id, id);

alter table report_thread add constraint report_thread_check CHECK ((from_reporter = (author_id IS NULL)));

alter table report_thread add constraint report_thread_pkey PRIMARY KEY (school_id, id);

alter table report_thread add constraint report_thread_school_id_report_id_fkey FOREIGN KEY (school_id, report_id) REFERENCES report(school_id, id);

alter table reporting_guidance add constraint reporting_guidance_pkey PRIMARY KEY (school_id, id);

alter table reporting_guidance_receipt add constraint reporting_guidance_receipt_pkey PRIMARY KEY (school_id, person_id, digest);

alter table request add constraint request_check CHECK (((decided_by IS NULL) OR (state = 'withdrawn'::text) OR (decided_by <> proposed_by)));

alter table request add constraint request_pkey PRIMARY KEY (school_id, id);

alter table request add constraint request_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'approved'::text, 'refused'::text, 'withdrawn'::text])));

alter table review add constraint review_pkey PRIMARY KEY (school_id, id);

alter table review_version add constraint review_version_check CHECK (((signed_by IS NULL) = (signed_at IS NULL)));

alter table review_version add constraint review_version_pkey PRIMARY KEY (school_id, review_id, version);

alter table review_version add constraint review_version_school_id_review_id_fkey FOREIGN KEY (school_id, review_id) REFERENCES review(school_id, id);

alter table sanction add constraint sanction_appeal_check CHECK ((appeal = ANY (ARRAY['none'::text, 'made'::text, 'upheld'::text, 'dismissed'::text])));

alter table sanction add constraint sanction_check CHECK (((appeal_decided_by IS NULL) OR (appeal_decided_by <> decided_by)));

alter table sanction add constraint sanction_ended_how_check CHECK ((ended_how = ANY (ARRAY['ran-out'::text, 'lifted'::text, 'appeal'::text])));

alter table sanction add constraint sanction_pkey PRIMARY KEY (school_id, id);

alter table sanction add constraint sanction_school_id_case_id_fkey FOREIGN KEY (school_id, case_id) REFERENCES case_file(school_id, id);

alter table schema_migration add constraint schema_migration_pkey PRIMARY KEY (name);

alter table school add constraint school_id_check CHECK ((id ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'::text));

alter table school add constraint school_idle_minutes_check CHECK (((idle_minutes >= 1) AND (idle_minutes <= 240)));

alter table school add constraint school_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)));

alter table school add constraint school_pkey PRIMARY KEY (id);

alter table search_authorisation add constraint search_authorisation_check CHECK ((given_by <> person_id));

alter table search_authorisation add constraint search_authorisation_pkey PRIMARY KEY (school_id, id);

alter table search_custody add constraint search_custody_pkey PRIMARY KEY (school_id, id);

alter table search_custody add constraint search_custody_school_id_search_id_fkey FOREIGN KEY (school_id, search_id) REFERENCES device_search(school_id, id);

alter table session add constraint session_pkey PRIMARY KEY (school_id, token_hash);

alter table site_request add constraint site_request_pkey PRIMARY KEY (school_id, host, first_at);

alter table site_request add constraint site_request_purpose_check CHECK ((purpose = ANY (ARRAY['lesson'::text, 'homework'::text, 'work'::text, 'other'::text])));

alter table spent_form add constraint spent_form_pkey PRIMARY KEY (school_id, token);

alter table term add constraint term_check CHECK ((to_date > from_date));

alter table term add constraint term_pkey PRIMARY KEY (school_id, from_date);

alter table use_notice add constraint use_notice_how_check CHECK ((how = ANY (ARRAY['read'::text, 'told'::text])));

alter table use_notice add constraint use_notice_pkey PRIMARY KEY (school_id, person_id, at);

alter table watcher_report add constraint watcher_report_check CHECK (((read_by IS NULL) = (read_at IS NULL)));

alter table watcher_report add constraint watcher_report_check1 CHECK (((note IS NULL) = (key_id IS NULL)));

alter table watcher_report add constraint watcher_report_pkey PRIMARY KEY (school_id, id);

alter table watcher_report add constraint watcher_report_reader_check CHECK ((reader = ANY (ARRAY['headteacher'::text, 'chair'::text])));

alter table watcher_report add constraint watcher_report_school_id_key_id_fkey FOREIGN KEY (school_id, key_id) REFERENCES record_key(school_id, id);

alter table watcher_report add constraint watcher_report_school_id_reader_from_day_key UNIQUE (school_id, reader, from_day);

-- Indexes

CREATE INDEX absence_by_person ON public.absence USING btree (school_id, person_id);

CREATE INDEX access_note_by_person ON public.access_note USING btree (school_id, person_id, at);

CREATE INDEX access_restriction_by_case ON public.access_restriction USING btree (school_id, case_id);

CREATE INDEX access_restriction_by_time ON public.access_restriction USING btree (school_id, from_at);

CREATE INDEX access_restriction_due ON public.access_restriction USING btree (school_id, until_at) WHERE (lifted_at IS NULL);

CREATE INDEX access_restriction_live ON public.access_restriction USING btree (school_id, person_id, what) WHERE (lifted_at IS NULL);

CREATE INDEX account_by_person ON public.account USING btree (school_id, person_id);

CREATE UNIQUE INDEX account_by_username ON public.account USING btree (school_id, username);

CREATE INDEX activity_by_category ON ONLY public.activity USING btree (school_id, category, at) WHERE (verdict <> 'allow'::text);

CREATE INDEX activity_by_person ON ONLY public.activity USING btree (school_id, person_id, at);

CREATE INDEX activity_noteworthy ON ONLY public.activity USING btree (school_id, at) WHERE (verdict <> 'allow'::text);

CREATE INDEX activity_daily_site_by_host ON public.activity_daily_site USING btree (school_id, host, day);

CREATE INDEX activity_segment_by_time ON public.activity_segment USING btree (school_id, received_at DESC);

CREATE INDEX activity_segment_probes ON public.activity_segment USING btree (school_id, last_probe_at DESC) WHERE (probes > 0);

CREATE INDEX appointment_by_person ON public.appointment USING btree (school_id, person_id);

CREATE INDEX appointment_by_role ON public.appointment USING btree (school_id, role);

CREATE INDEX appointment_note_by_appointment ON public.appointment_note USING btree (school_id, appointment_id);

CREATE INDEX attempt_outcome_by_attempt ON public.attempt_outcome USING btree (school_id, on_day, category, whose, until_at);

CREATE UNIQUE INDEX attempt_outcome_by_report ON public.attempt_outcome USING btree (school_id, report_id) WHERE (report_id IS NOT NULL);

CREATE INDEX attempt_outcome_by_time ON public.attempt_outcome USING btree (school_id, at DESC);

CREATE INDEX briefing_given_by_time ON public.briefing_given USING btree (school_id, briefing, at DESC);

CREATE INDEX case_alert_by_case ON public.case_alert USING btree (school_id, case_id);

CREATE INDEX case_alert_by_time ON public.case_alert USING btree (school_id, kind, made_at);

CREATE INDEX case_alert_waiting ON public.case_alert USING btree (school_id, person_id) WHERE (acknowledged_at IS NULL);

CREATE INDEX case_barred_by_case ON public.case_barred USING btree (school_id, case_id);

CREATE INDEX case_decision_by_case ON public.case_decision USING btree (school_id, case_id);

CREATE INDEX case_decision_by_kind ON public.case_decision USING btree (school_id, kind, at);

CREATE INDEX case_by_category ON public.case_file USING btree (school_id, category, opened_at DESC, id DESC);

CREATE INDEX case_by_kind ON public.case_file USING btree (school_id, kind, closed_at) WHERE (closed_at IS NOT NULL);

CREATE INDEX case_by_opening ON public.case_file USING btree (school_id, opened_at DESC, id DESC);

CREATE INDEX case_by_origin ON public.case_file USING btree (school_id, origin);

CREATE INDEX case_by_owner ON public.case_file USING btree (school_id, owner_id, opened_at DESC, id DESC);

CREATE INDEX case_by_status ON public.case_file USING btree (school_id, status, opened_at DESC, id DESC);

CREATE INDEX case_closed ON public.case_file USING btree (school_id, closed_at) WHERE (closed_at IS NOT NULL);

CREATE INDEX case_for_chair ON public.case_file USING btree (school_id, opened_at DESC, id DESC) WHERE ('chair'::text = ANY (audience));

CREATE INDEX case_late ON public.case_file USING btree (school_id, next_due) WHERE (status <> 'closed'::text);

CREATE INDEX case_serious ON public.case_file USING btree (school_id, opened_at DESC, id DESC) WHERE (seriousness = 'serious'::text);

CREATE INDEX case_lesson_by_case ON public.case_lesson USING btree (school_id, case_id) WHERE (case_id IS NOT NULL);

CREATE INDEX case_lesson_by_time ON public.case_lesson USING btree (school_id, made_at);

CREATE INDEX case_lesson_open ON public.case_lesson USING btree (school_id, due_on) WHERE (done_at IS NULL);

CREATE INDEX case_note_by_case ON public.case_note USING btree (school_id, case_id, at);

CREATE INDEX case_opening_live ON public.case_opening USING btree (school_id, case_id, person_id, until);

CREATE INDEX case_parent_notice_by_case ON public.case_parent_notice USING btree (school_id, case_id);

CREATE INDEX case_parent_notice_by_state ON public.case_parent_notice USING btree (school_id, state, proposed_at);

CREATE INDEX case_party_by_case ON public.case_party USING btree (school_id, case_id);

CREATE INDEX case_party_by_person ON public.case_party USING btree (school_id, person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX case_referral_by_case ON public.case_referral USING btree (school_id, case_id);

CREATE INDEX case_referral_by_time ON public.case_referral USING btree (school_id, recorded_at);

CREATE INDEX case_task_by_case ON public.case_task USING btree (school_id, case_id);

CREATE INDEX case_task_open ON public.case_task USING btree (school_id, owner_id, due_on) WHERE (done_at IS NULL);

CREATE INDEX class_watch_by_class ON public.class_watch USING btree (school_id, class_id, to_at DESC);

CREATE UNIQUE INDEX closure_notice_by_period ON public.closure_notice USING btree (school_id, to_on);

CREATE INDEX concern_rule_change_by_time ON public.concern_rule_change USING btree (school_id, made_at DESC);

CREATE UNIQUE INDEX concern_rule_change_version ON public.concern_rule_change USING btree (school_id, version);

CREATE UNIQUE INDEX concern_rule_change_waiting ON public.concern_rule_change USING btree (school_id, about) WHERE (state = 'waiting'::text);

CREATE INDEX contest_by_host ON public.contest USING btree (school_id, host, at DESC);

CREATE INDEX contest_by_person ON public.contest USING btree (school_id, person_id, at DESC) WHERE (person_id IS NOT NULL);

CREATE INDEX contest_waiting ON public.contest USING btree (school_id, at) WHERE (answer IS NULL);

CREATE INDEX data_breach_by_time ON public.data_breach USING btree (school_id, aware_at DESC);

CREATE INDEX deadline_by_kind ON public.deadline USING btree (school_id, kind, due_at);

CREATE INDEX deadline_by_link ON public.deadline USING btree (school_id, link);

CREATE INDEX deadline_by_subject ON public.deadline USING btree (school_id, subject);

CREATE INDEX deadline_open ON public.deadline USING btree (school_id, due_at) WHERE (state = ANY (ARRAY['open'::text, 'missed'::text]));

CREATE UNIQUE INDEX device_by_key ON public.device USING btree (school_id, key_digest);

CREATE INDEX device_live ON public.device USING btree (school_id, seen_at) WHERE (revoked_at IS NULL);

CREATE INDEX device_inspection_by_time ON public.device_inspection USING btree (school_id, at DESC);

CREATE INDEX device_search_by_case ON public.device_search USING btree (school_id, case_id);

CREATE INDEX device_search_by_time ON public.device_search USING btree (school_id, recorded_at DESC);

CREATE INDEX duty_confirmation_by_time ON public.duty_confirmation USING btree (school_id, at);

CREATE INDEX evidence_by_case ON public.evidence_file USING btree (school_id, case_id);

CREATE INDEX filter_change_by_case ON public.filter_change USING btree (school_id, case_id) WHERE (case_id IS NOT NULL);

CREATE UNIQUE INDEX filter_change_by_request ON public.filter_change USING btree (school_id, request_id);

CREATE INDEX filter_change_by_time ON public.filter_change USING btree (school_id, made_at DESC);

CREATE INDEX filter_change_in_force ON public.filter_change USING btree (school_id, version) WHERE (state = 'in-force'::text);

CREATE INDEX filter_draft_by_time ON public.filter_draft USING btree (school_id, made_at);

CREATE INDEX filter_drift_open ON public.filter_drift USING btree (school_id, found_at) WHERE (mended_at IS NULL);

CREATE INDEX filter_lists_by_time ON public.filter_lists USING btree (school_id, active_at DESC);

CREATE INDEX filter_log_review_by_time ON public.filter_log_review USING btree (school_id, at DESC);

CREATE INDEX filter_matrix_round_by_time ON public.filter_matrix_round USING btree (school_id, at DESC);

CREATE UNIQUE INDEX filter_overblock_open ON public.filter_overblock USING btree (school_id, host, group_id) WHERE (ended_at IS NULL);

CREATE INDEX filter_replay_by_digest ON public.filter_replay USING btree (school_id, digest, made_at DESC);

CREATE INDEX filter_span_by_time ON public.filter_span USING btree (school_id, from_at);

CREATE UNIQUE INDEX filter_span_open ON public.filter_span USING btree (school_id, change_id) WHERE (to_at IS NULL);

CREATE INDEX filter_heartbeat ON public.filter_test USING btree (school_id, at DESC) WHERE (change_id IS NULL);

CREATE INDEX filter_heartbeat_by_point ON public.filter_test USING btree (school_id, point, at DESC) WHERE (change_id IS NULL);

CREATE INDEX filter_test_by_change ON public.filter_test USING btree (school_id, change_id, at DESC) WHERE (change_id IS NOT NULL);

CREATE INDEX flag_by_receipt ON public.flag USING btree (school_id, received_at DESC);

CREATE INDEX flag_by_sender ON public.flag USING btree (school_id, sender, received_at);

CREATE INDEX flag_by_thread ON public.flag USING btree (school_id, thread_id, at);

CREATE UNIQUE INDEX flag_once ON public.flag USING btree (school_id, sender, sender_id);

CREATE INDEX flag_page_open ON public.flag_page USING btree (school_id, at) WHERE (acknowledged_at IS NULL);

CREATE INDEX flag_thread_by_time ON public.flag_thread USING btree (school_id, opened_at DESC);

CREATE INDEX flag_thread_by_whose ON public.flag_thread USING btree (school_id, whose, concern, last_at DESC);

CREATE INDEX flag_thread_to_erase ON public.flag_thread USING btree (school_id, decided_at) WHERE ((state = 'not-a-concern'::text) AND (erased_at IS NULL));

CREATE INDEX flag_thread_waiting ON public.flag_thread USING btree (school_id, severity DESC, opened_at) WHERE (state = ANY (ARRAY['waiting'::text, 'watch'::text]));

CREATE UNIQUE INDEX governors_pack_number ON public.governors_pack USING btree (school_id, number);

CREATE INDEX help_check_by_line ON public.help_check USING btree (school_id, line_id, at DESC);

CREATE INDEX illegal_path_by_time ON public.illegal_path USING btree (school_id, begun_at);

CREATE INDEX illegal_step_by_case ON public.illegal_step USING btree (school_id, case_id);

CREATE INDEX ledger_entry_by_subject ON public.ledger_entry USING btree (school_id, subject, seq) WHERE (subject IS NOT NULL);

CREATE INDEX ledger_entry_by_time ON public.ledger_entry USING btree (school_id, at);

CREATE INDEX ledger_entry_by_type ON public.ledger_entry USING btree (school_id, type, seq);

CREATE INDEX lesson_by_class ON public.lesson USING btree (school_id, class_id, from_at);

CREATE INDEX lesson_by_time ON public.lesson USING btree (school_id, from_at DESC);

CREATE INDEX look_access_by_authority ON public.look_access USING btree (school_id, authority_id, at DESC);

CREATE INDEX look_access_by_time ON public.look_access USING btree (school_id, at DESC);

CREATE INDEX look_authority_by_person ON public.look_authority USING btree (school_id, person_id);

CREATE INDEX look_authority_by_time ON public.look_authority USING btree (school_id, asked_at DESC);

CREATE INDEX membership_by_person ON public.membership USING btree (school_id, person_id);

CREATE INDEX monitoring_scope_live ON public.monitoring_scope USING btree (school_id) WHERE (state = ANY (ARRAY['waiting'::text, 'approved'::text, 'in-force'::text]));

CREATE INDEX outbox_by_person ON public.outbox USING btree (school_id, person_id, made_at);

CREATE INDEX outbox_unsent ON public.outbox USING btree (school_id, made_at) WHERE (sent_at IS NULL);

CREATE INDEX pack_onward_by_pack ON public.pack_onward USING btree (school_id, pack_id, asked_at);

CREATE UNIQUE INDEX pack_onward_waiting ON public.pack_onward USING btree (school_id, pack_id) WHERE (reported_at IS NULL);

CREATE INDEX pack_question_by_pack ON public.pack_question USING btree (school_id, pack_id, asked_at);

CREATE INDEX paging_channel_live ON public.paging_channel USING btree (school_id) WHERE (ended_at IS NULL);

CREATE INDEX paging_message_by_channel ON public.paging_message USING btree (school_id, channel_id, made_at DESC);

CREATE INDEX paging_message_by_report ON public.paging_message USING btree (school_id, report_id) WHERE (report_id IS NOT NULL);

CREATE INDEX paging_message_by_thread ON public.paging_message USING btree (school_id, thread_id) WHERE (thread_id IS NOT NULL);

CREATE INDEX paging_message_by_time ON public.paging_message USING btree (school_id, made_at DESC);

CREATE INDEX paging_message_due ON public.paging_message USING btree (school_id, next_at) WHERE (state = 'waiting'::text);

CREATE INDEX pass_by_person ON public.pass USING btree (school_id, asked_by, asked_at DESC);

CREATE UNIQUE INDEX pass_by_request ON public.pass USING btree (school_id, request_id);

CREATE INDEX pass_by_time ON public.pass USING btree (school_id, asked_at DESC);

CREATE INDEX pass_granted ON public.pass USING btree (school_id, until_at) WHERE (state = 'granted'::text);

CREATE INDEX pass_limits_by_time ON public.pass_limits USING btree (school_id, set_at DESC);

CREATE INDEX person_by_name ON public.person USING btree (school_id, family_name, given_name);

CREATE UNIQUE INDEX person_external ON public.person USING btree (school_id, external_id) WHERE (external_id IS NOT NULL);

CREATE INDEX policy_comment_by_version ON public.policy_comment USING btree (school_id, version_id, made_at);

CREATE INDEX policy_trigger_by_policy ON public.policy_trigger USING btree (school_id, policy, raised_at);

CREATE UNIQUE INDEX policy_version_in_preparation ON public.policy_version USING btree (school_id, policy) WHERE (state = ANY (ARRAY['draft'::text, 'consultation'::text, 'proposed'::text, 'approved'::text]));

CREATE UNIQUE INDEX policy_version_live ON public.policy_version USING btree (school_id, policy) WHERE (state = 'published'::text);

CREATE INDEX relation_by_child ON public.relation USING btree (school_id, child_id);

CREATE UNIQUE INDEX report_by_code ON public.report USING btree (school_id, code_hmac) WHERE (code_hmac IS NOT NULL);

CREATE INDEX report_by_day ON public.report USING btree (school_id, digest_on) WHERE (digest_on IS NOT NULL);

CREATE UNIQUE INDEX report_by_form ON public.report USING btree (school_id, form_hmac) WHERE (form_hmac IS NOT NULL);

CREATE INDEX report_by_kind ON public.report USING btree (school_id, kind, received_at DESC);

CREATE INDEX report_by_maker ON public.report USING btree (school_id, made_by, received_at DESC) WHERE (made_by IS NOT NULL);

CREATE INDEX report_by_time ON public.report USING btree (school_id, received_at DESC, id DESC);

CREATE INDEX report_urgent ON public.report USING btree (school_id, urgent_at) WHERE ((urgent_at IS NOT NULL) AND ((seen_at IS NULL) OR (seen_at < urgent_at)));

CREATE INDEX report_waiting ON public.report USING btree (school_id, received_at) WHERE ((acknowledged_at IS NULL) AND (digest_on IS NULL));

CREATE INDEX report_drill_by_time ON public.report_drill USING btree (school_id, kind, at DESC);

CREATE INDEX report_excluded_by_report ON public.report_excluded USING btree (school_id, report_id);

CREATE INDEX report_page_by_time ON public.report_page USING btree (school_id, at DESC);

CREATE INDEX report_reading_by_report ON public.report_reading USING btree (school_id, report_id, at);

CREATE INDEX report_recipient_by_person ON public.report_recipient USING btree (school_id, person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX report_recipient_by_role ON public.report_recipient USING btree (school_id, role, report_id DESC);

CREATE INDEX report_thread_by_report ON public.report_thread USING btree (school_id, report_id, at);

CREATE INDEX reporting_guidance_by_time ON public.reporting_guidance USING btree (school_id, published_at DESC);

CREATE INDEX request_by_subject ON public.request USING btree (school_id, subject);

CREATE INDEX request_waiting ON public.request USING btree (school_id, state, kind);

CREATE INDEX review_by_kind ON public.review USING btree (school_id, kind, held_on);

CREATE INDEX sanction_by_case ON public.sanction USING btree (school_id, case_id);

CREATE INDEX sanction_by_person ON public.sanction USING btree (school_id, person_id);

CREATE INDEX sanction_by_time ON public.sanction USING btree (school_id, decided_at);

CREATE INDEX sanction_running ON public.sanction USING btree (school_id, ends_at) WHERE (ended_at IS NULL);

CREATE INDEX search_authorisation_by_person ON public.search_authorisation USING btree (school_id, person_id);

CREATE INDEX search_custody_by_search ON public.search_custody USING btree (school_id, search_id, at);

CREATE INDEX session_by_person ON public.session USING btree (school_id, person_id);

CREATE UNIQUE INDEX site_request_open ON public.site_request USING btree (school_id, host) WHERE (settled_at IS NULL);

-- Row-level security

alter table absence enable row level security, force row level security;

alter table access_note enable row level security, force row level security;

alter table access_restriction enable row level security, force row level security;

alter table account enable row level security, force row level security;

alter table activity enable row level security, force row level security;

alter table activity_daily enable row level security, force row level security;

alter table activity_daily_site enable row level security, force row level security;

alter table activity_day enable row level security, force row level security;

alter table activity_hold enable row level security, force row level security;

alter table activity_retention enable row level security, force row level security;

alter table activity_segment enable row level security, force row level security;

alter table activity_site enable row level security, force row level security;

alter table appointment enable row level security, force row level security;

alter table appointment_note enable row level security, force row level security;

alter table attempt_outcome enable row level security, force row level security;

alter table breach_entry enable row level security, force row level security;

alter table briefing_answer enable row level security, force row level security;

alter table briefing_given enable row level security, force row level security;

alter table briefing_receipt enable row level security, force row level security;

alter table case_alert enable row level security, force row level security;

alter table case_barred enable row level security, force row level security;

alter table case_decision enable row level security, force row level security;

alter table case_file enable row level security, force row level security;

alter table case_lesson enable row level security, force row level security;

alter table case_note enable row level security, force row level security;

alter table case_opening enable row level security, force row level security;

alter table case_parent_notice enable row level security, force row level security;

alter table case_party enable row level security, force row level security;

alter table case_referral enable row level security, force row level security;

alter table case_task enable row level security, force row level security;

alter table class_watch enable row level security, force row level security;

alter table clause_set_aside enable row level security, force row level security;

alter table clause_status enable row level security, force row level security;

alter table closure enable row level security, force row level security;

alter table closure_notice enable row level security, force row level security;

alter table concern_rule_change enable row level security, force row level security;

alter table contest enable row level security, force row level security;

alter table data_breach enable row level security, force row level security;

alter table deadline enable row level security, force row level security;

alter table deadline_pause enable row level security, force row level security;

alter table device enable row level security, force row level security;

alter table device_inspection enable row level security, force row level security;

alter table device_search enable row level security, force row level security;

alter table duty_confirmation enable row level security, force row level security;

alter table evidence_file enable row level security, force row level security;

alter table filter_change enable row level security, force row level security;

alter table filter_draft enable row level security, force row level security;

alter table filter_drift enable row level security, force row level security;

alter table filter_lists enable row level security, force row level security;

alter table filter_log_review enable row level security, force row level security;

alter table filter_matrix_round enable row level security, force row level security;

alter table filter_overblock enable row level security, force row level security;

alter table filter_replay enable row level security, force row level security;

alter table filter_span enable row level security, force row level security;

alter table filter_state enable row level security, force row level security;

alter table filter_test enable row level security, force row level security;

alter table flag enable row level security, force row level security;

alter table flag_page enable row level security, force row level security;

alter table flag_thread enable row level security, force row level security;

alter table governors_pack enable row level security, force row level security;

alter table help_check enable row level security, force row level security;

alter table illegal_path enable row level security, force row level security;

alter table illegal_step enable row level security, force row level security;

alter table junk_digest enable row level security, force row level security;

alter table ledger_checkpoint enable row level security, force row level security;

alter table ledger_entry enable row level security, force row level security;

alter table ledger_head enable row level security, force row level security;

alter table lesson enable row level security, force row level security;

alter table lesson_site enable row level security, force row level security;

alter table look_access enable row level security, force row level security;

alter table look_authority enable row level security, force row level security;

alter table membership enable row level security, force row level security;

alter table monitoring_scope enable row level security, force row level security;

alter table monitoring_week enable row level security, force row level security;

alter table outbox enable row level security, force row level security;

alter table pack_onward enable row level security, force row level security;

alter table pack_question enable row level security, force row level security;

alter table pack_receipt enable row level security, force row level security;

alter table paging_attempt enable row level security, force row level security;

alter table paging_channel enable row level security, force row level security;

alter table paging_message enable row level security, force row level security;

alter table paging_number enable row level security, force row level security;

alter table pass enable row level security, force row level security;

alter table pass_limits enable row level security, force row level security;

alter table people_group enable row level security, force row level security;

alter table person enable row level security, force row level security;

alter table policy_clause enable row level security, force row level security;

alter table policy_comment enable row level security, force row level security;

alter table policy_document enable row level security, force row level security;

alter table policy_signature enable row level security, force row level security;

alter table policy_trigger enable row level security, force row level security;

alter table policy_version enable row level security, force row level security;

alter table record_key enable row level security, force row level security;

alter table relation enable row level security, force row level security;

alter table report enable row level security, force row level security;

alter table report_drill enable row level security, force row level security;

alter table report_excluded enable row level security, force row level security;

alter table report_guess enable row level security, force row level security;

alter table report_message enable row level security, force row level security;

alter table report_page enable row level security, force row level security;

alter table report_reading enable row level security, force row level security;

alter table report_recipient enable row level security, force row level security;

alter table report_thread enable row level security, force row level security;

alter table reporting_guidance enable row level security, force row level security;

alter table reporting_guidance_receipt enable row level security, force row level security;

alter table request enable row level security, force row level security;

alter table review enable row level security, force row level security;

alter table review_version enable row level security, force row level security;

alter table sanction enable row level security, force row level security;

alter table schema_migration disable row level security;

alter table school enable row level security, force row level security;

alter table search_authorisation enable row level security, force row level security;

alter table search_custody enable row level security, force row level security;

alter table session enable row level security, force row level security;

alter table site_request enable row level security, force row level security;

alter table spent_form enable row level security, force row level security;

alter table term enable row level security, force row level security;

alter table use_notice enable row level security, force row level security;

alter table watcher_report enable row level security, force row level security;

-- Policies

create policy school_isolation on absence for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on access_note for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on access_restriction for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on account for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on activity for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on activity_daily for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on activity_daily_site for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on activity_day for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on activity_hold for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on activity_retention for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on activity_segment for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on activity_site for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on appointment for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on appointment_note for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on attempt_outcome for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on breach_entry for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on briefing_answer for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on briefing_given for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on briefing_receipt for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_alert for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_barred for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_decision for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_file for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_lesson for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_note for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_opening for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_parent_notice for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_party for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_referral for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on case_task for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on class_watch for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on clause_set_aside for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on clause_status for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on closure for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on closure_notice for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on concern_rule_change for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on contest for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on data_breach for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on deadline for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on deadline_pause for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on device for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on device_inspection for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on device_search for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on duty_confirmation for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on evidence_file for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_change for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_draft for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_drift for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_lists for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_log_review for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_matrix_round for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_overblock for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_replay for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_span for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_state for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on filter_test for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on flag for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on flag_page for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on flag_thread for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on governors_pack for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on help_check for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on illegal_path for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on illegal_step for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on junk_digest for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on ledger_checkpoint for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on ledger_entry for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on ledger_head for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on lesson for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on lesson_site for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on look_access for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on look_authority for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on membership for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on monitoring_scope for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on monitoring_week for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on outbox for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on pack_onward for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on pack_question for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on pack_receipt for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on paging_attempt for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on paging_channel for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on paging_message for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on paging_number for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on pass for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on pass_limits for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on people_group for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on person for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on policy_clause for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on policy_comment for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on policy_document for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on policy_signature for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on policy_trigger for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on policy_version for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on record_key for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on relation for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report_drill for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report_excluded for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report_guess for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report_message for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report_page for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report_reading for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report_recipient for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on report_thread for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on reporting_guidance for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on reporting_guidance_receipt for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on request for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on review for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on review_version for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on sanction for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_changed on school for update using (id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_listed on school for select using true;

create policy school_made on school for insert with check (id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on search_authorisation for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on search_custody for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on session for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on site_request for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on spent_form for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on term for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on use_notice for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

create policy school_isolation on watcher_report for all using (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text)) with check (school_id = NULLIF(current_setting('app.school_id'::text, true), ''::text));

-- Functions and triggers

CREATE OR REPLACE FUNCTION public.activity_drop_empty_days(p_before date)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  part record;
  used boolean;
  dropped integer := 0;
begin
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'activity'::regclass and c.relname ~ '^activity_[0-9]{8}$'
      and c.relname < 'activity_' || to_char(p_before, 'YYYYMMDD')
  loop
    execute format('lock table %I in access exclusive mode', part.relname);
    execute format('select exists (select from %I)', part.relname) into used;
    if not used then
      execute format('drop table %I', part.relname);
      dropped := dropped + 1;
    end if;
  end loop;
  return dropped;
end $function$
;

CREATE OR REPLACE FUNCTION public.activity_make_day(p_day date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  name text := 'activity_' || to_char(p_day, 'YYYYMMDD');
begin
  if to_regclass('public.' || name) is not null then return; end if;
  perform pg_advisory_xact_lock(7283020);
  execute format('create table if not exists %I partition of activity for values from (%L) to (%L)',
    name, p_day::text || ' 00:00+00', (p_day + 1)::text || ' 00:00+00');
exception when duplicate_table then null;
end $function$
;

CREATE OR REPLACE FUNCTION public.approved_policy_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.digest is not null and (new.policy, new.number, new.title, new.reference, new.last_reviewed, new.next_review, new.date_precision, new.digest)
    is distinct from (old.policy, old.number, old.title, old.reference, old.last_reviewed, old.next_review, old.date_precision, old.digest) then
    raise exception 'an approved version of a policy is never altered: open a review for a new one';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.approved_words_stay()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if (new.clause_id, new.position, new.section, new.words) is distinct from (old.clause_id, old.position, old.section, old.words)
    and exists (select from policy_version v where v.school_id = old.school_id and v.id = old.version_id and v.digest is not null) then
    raise exception 'the words of an approved version of a policy are never altered: open a review for a new one';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.awareness_is_never_rewritten()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.aware_at is distinct from old.aware_at or new.recorded_at is distinct from old.recorded_at then
    raise exception 'the moment of awareness can be annotated, never rewritten';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_append(p_school text, p_at timestamp with time zone[], p_actor text[], p_type text[], p_subject text[], p_detail text[], p_before text[], p_middle text, p_after text[])
 RETURNS TABLE(seq bigint, hash text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  head_seq bigint;
  head_hash text;
  i integer;
  body text;
  previous text;
begin
  if p_school is distinct from nullif(current_setting('app.school_id', true), '') then
    raise exception 'ledger_append: not the school of this transaction';
  end if;
  select h.seq, h.hash into head_seq, head_hash from ledger_head h where h.school_id = p_school for update;
  if not found then
    insert into ledger_head values (p_school, 0, repeat('0', 64)) on conflict do nothing;
    select h.seq, h.hash into head_seq, head_hash from ledger_head h where h.school_id = p_school for update;
  end if;
  for i in 1 .. array_length(p_type, 1) loop
    previous := head_hash;
    head_seq := head_seq + 1;
    body := p_before[i] || previous || p_middle || head_seq || p_after[i];
    head_hash := encode(sha256(convert_to(body, 'UTF8')), 'hex');
    insert into ledger_entry values
      (p_school, head_seq, p_at[i], p_actor[i], p_type[i], p_subject[i], p_detail[i], previous, head_hash);
  end loop;
  update ledger_head h set seq = head_seq, hash = head_hash where h.school_id = p_school;
  return query select head_seq, head_hash;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the ledger is append-only';
end $function$
;

CREATE OR REPLACE FUNCTION public.protect(table_name text, privileges text DEFAULT 'select, insert, update, delete'::text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  execute format('alter table %I enable row level security', table_name);
  execute format('alter table %I force row level security', table_name);
  execute format(
    'create policy school_isolation on %I using (school_id = nullif(current_setting(''app.school_id'', true), '''')) with check (school_id = nullif(current_setting(''app.school_id'', true), ''''))',
    table_name);
  execute format('grant %s on %I to gatehouse_app', privileges, table_name);
end $function$
;

CREATE OR REPLACE FUNCTION public.sample_is_for_ever()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.sample is distinct from old.sample then raise exception 'school.sample is decided when a school is made and cannot be changed'; end if;
  return new;
end $function$
;

CREATE TRIGGER awareness_is_never_rewritten BEFORE UPDATE ON public.data_breach FOR EACH ROW EXECUTE FUNCTION awareness_is_never_rewritten();

CREATE TRIGGER ledger_is_append_only BEFORE DELETE OR UPDATE ON public.ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();

CREATE TRIGGER ledger_is_never_truncated BEFORE TRUNCATE ON public.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE TRIGGER approved_words_stay BEFORE UPDATE ON public.policy_clause FOR EACH ROW EXECUTE FUNCTION approved_words_stay();

CREATE TRIGGER approved_policy_stays BEFORE UPDATE ON public.policy_version FOR EACH ROW EXECUTE FUNCTION approved_policy_stays();

CREATE TRIGGER sample_is_for_ever BEFORE UPDATE ON public.school FOR EACH ROW EXECUTE FUNCTION sample_is_for_ever();

-- What the application may do

grant delete, insert, select, update on absence to gatehouse_app;

grant insert, select on access_note to gatehouse_app;

grant insert, select, update on access_restriction to gatehouse_app;

grant insert, select, update on account to gatehouse_app;

grant delete, insert, select on activity to gatehouse_app;

grant delete, insert, select, update on activity_daily to gatehouse_app;

grant delete, insert, select, update on activity_daily_site to gatehouse_app;

grant delete, insert, select, update on activity_day to gatehouse_app;

grant execute on function activity_drop_empty_days to gatehouse_app;

grant insert, select on activity_hold to gatehouse_app;

grant update (ended_at, ended_by) on activity_hold to gatehouse_app;

grant execute on function activity_make_day to gatehouse_app;

grant insert, select on activity_retention to gatehouse_app;

grant insert, select on activity_segment to gatehouse_app;

grant delete, insert, select, update on activity_site to gatehouse_app;

grant insert, select, update on appointment to gatehouse_app;

grant insert, select on appointment_note to gatehouse_app;

grant insert, select on attempt_outcome to gatehouse_app;

grant insert, select on breach_entry to gatehouse_app;

grant insert, select on briefing_answer to gatehouse_app;

grant insert, select on briefing_given to gatehouse_app;

grant insert, select on briefing_receipt to gatehouse_app;

grant insert, select, update on case_alert to gatehouse_app;

grant insert, select on case_barred to gatehouse_app;

grant insert, select on case_decision to gatehouse_app;

grant insert, select, update on case_file to gatehouse_app;

grant insert, select, update on case_lesson to gatehouse_app;

grant insert, select on case_note to gatehouse_app;

grant insert, select on case_opening to gatehouse_app;

grant insert, select, update on case_parent_notice to gatehouse_app;

grant insert, select on case_party to gatehouse_app;

grant insert, select on case_referral to gatehouse_app;

grant insert, select, update on case_task to gatehouse_app;

grant insert, select on class_watch to gatehouse_app;

grant insert, select, update on clause_set_aside to gatehouse_app;

grant insert, select on clause_status to gatehouse_app;

grant delete, insert, select, update on closure to gatehouse_app;

grant insert, select on closure_notice to gatehouse_app;

grant insert, select, update on concern_rule_change to gatehouse_app;

grant insert, select, update on contest to gatehouse_app;

grant insert, select, update on data_breach to gatehouse_app;

grant insert, select, update on deadline to gatehouse_app;

grant insert, select, update on deadline_pause to gatehouse_app;

grant insert, select, update on device to gatehouse_app;

grant insert, select on device_inspection to gatehouse_app;

grant insert, select, update on device_search to gatehouse_app;

grant insert, select on duty_confirmation to gatehouse_app;

grant insert, select, update on evidence_file to gatehouse_app;

grant insert, select, update on filter_change to gatehouse_app;

grant delete, insert, select, update on filter_draft to gatehouse_app;

grant insert, select, update on filter_drift to gatehouse_app;

grant insert, select on filter_lists to gatehouse_app;

grant insert, select on filter_log_review to gatehouse_app;

grant delete, insert, select on filter_matrix_round to gatehouse_app;

grant insert, select, update on filter_overblock to gatehouse_app;

grant delete, insert, select on filter_replay to gatehouse_app;

grant insert, select, update on filter_span to gatehouse_app;

grant insert, select, update on filter_state to gatehouse_app;

grant delete, insert, select on filter_test to gatehouse_app;

grant insert, select, update on flag to gatehouse_app;

grant insert, select, update on flag_page to gatehouse_app;

grant insert, select, update on flag_thread to gatehouse_app;

grant insert, select on governors_pack to gatehouse_app;

grant insert, select on help_check to gatehouse_app;

grant insert, select, update on illegal_path to gatehouse_app;

grant insert, select on illegal_step to gatehouse_app;

grant insert, select, update on junk_digest to gatehouse_app;

grant execute on function ledger_append to gatehouse_app;

grant insert, select on ledger_checkpoint to gatehouse_app;

grant select on ledger_entry to gatehouse_app;

grant select on ledger_head to gatehouse_app;

grant insert, select, update on lesson to gatehouse_app;

grant insert, select, update on lesson_site to gatehouse_app;

grant insert, select on look_access to gatehouse_app;

grant insert, select on look_authority to gatehouse_app;

grant update (decided_at, decided_by, ends_at, state) on look_authority to gatehouse_app;

grant delete, insert, select, update on membership to gatehouse_app;

grant insert, select, update on monitoring_scope to gatehouse_app;

grant insert, select on monitoring_week to gatehouse_app;

grant delete, insert, select, update on outbox to gatehouse_app;

grant insert, select, update on pack_onward to gatehouse_app;

grant insert, select, update on pack_question to gatehouse_app;

grant insert, select, update on pack_receipt to gatehouse_app;

grant delete, insert, select, update on paging_attempt to gatehouse_app;

grant insert, select, update on paging_channel to gatehouse_app;

grant delete, insert, select, update on paging_message to gatehouse_app;

grant delete, insert, select, update on paging_number to gatehouse_app;

grant insert, select, update on pass to gatehouse_app;

grant insert, select on pass_limits to gatehouse_app;

grant delete, insert, select, update on people_group to gatehouse_app;

grant insert, select, update on person to gatehouse_app;

grant insert, select, update on policy_clause to gatehouse_app;

grant insert, select on policy_comment to gatehouse_app;

grant insert, select, update on policy_document to gatehouse_app;

grant insert, select on policy_signature to gatehouse_app;

grant insert, select, update on policy_trigger to gatehouse_app;

grant insert, select, update on policy_version to gatehouse_app;

grant delete, insert, select, update on record_key to gatehouse_app;

grant delete, insert, select, update on relation to gatehouse_app;

grant insert, select, update on report to gatehouse_app;

grant insert, select on report_drill to gatehouse_app;

grant insert, select on report_excluded to gatehouse_app;

grant insert, select, update on report_guess to gatehouse_app;

grant insert, select on report_message to gatehouse_app;

grant insert, select, update on report_page to gatehouse_app;

grant insert, select on report_reading to gatehouse_app;

grant insert, select on report_recipient to gatehouse_app;

grant insert, select on report_thread to gatehouse_app;

grant insert, select on reporting_guidance to gatehouse_app;

grant insert, select on reporting_guidance_receipt to gatehouse_app;

grant delete, insert, select, update on request to gatehouse_app;

grant insert, select, update on review to gatehouse_app;

grant insert, select, update on review_version to gatehouse_app;

grant insert, select, update on sanction to gatehouse_app;

grant insert, select on school to gatehouse_app;

grant update (idle_minutes, kind, name, nation, settings) on school to gatehouse_app;

grant insert, select, update on search_authorisation to gatehouse_app;

grant insert, select on search_custody to gatehouse_app;

grant delete, insert, select, update on session to gatehouse_app;

grant insert, select, update on site_request to gatehouse_app;

grant delete, insert, select, update on spent_form to gatehouse_app;

grant delete, insert, select, update on term to gatehouse_app;

grant insert, select on use_notice to gatehouse_app;

grant insert, select on watcher_report to gatehouse_app;

grant update (key_id, note, read_at, read_by) on watcher_report to gatehouse_app;
