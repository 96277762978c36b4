-- Cases: what a person must settle, with an owner and clocks; and what hangs on one: evidence, sanctions, the
-- illegal-content path, personal-data breaches, device searches. Words about people are sealed under the case's key.

create table case_file (
  school_id text not null,
  id uuid not null,
  category text not null check (category in ('content', 'contact', 'conduct', 'commerce', 'data', 'technical')),
  -- one of incidents/data/categories
  kind text not null,
  seriousness text not null check (seriousness in ('low', 'medium', 'serious')),
  status text not null check (status in ('new', 'triaged', 'in-hand', 'waiting-outside', 'closed', 'reopened')),
  owner_role text not null,
  -- the person who answers; null only while nobody can, which is loud
  owner_id uuid,
  -- the roles that may see it
  audience text[] not null check (cardinality(audience) > 0),
  key_id uuid not null,
  summary bytea not null,
  happened_at timestamptz,
  reported_at timestamptz not null,
  opened_at timestamptz not null,
  -- report:ID, flag:ID, person:ID …
  origin text not null,
  off_site boolean not null default false,
  -- why the school may deal with what happened elsewhere (sealed)
  school_link bytea,
  -- ids of the published policies that it is handled under
  policies text[] not null default '{}',
  triaged_at timestamptz,
  closed_at timestamptz,
  -- the graded answer given, for the register
  response text,
  outcome bytea,
  lesson bytea,
  -- evidence and record are held, because proceedings may follow
  held_at timestamptz,
  -- the earliest open deadline, for the list
  next_due timestamptz,
  primary key (school_id, id)
);
create index case_by_opening on case_file (school_id, opened_at desc, id desc);
create index case_by_status on case_file (school_id, status, opened_at desc, id desc);
create index case_by_category on case_file (school_id, category, opened_at desc, id desc);
create index case_by_owner on case_file (school_id, owner_id, opened_at desc, id desc);
create index case_serious on case_file (school_id, opened_at desc, id desc) where seriousness = 'serious';
create index case_late on case_file (school_id, next_due) where status <> 'closed';
create index case_for_chair on case_file (school_id, opened_at desc, id desc) where 'chair' = any(audience);
create index case_closed on case_file (school_id, closed_at) where closed_at is not null;
create index case_by_kind on case_file (school_id, kind, closed_at) where closed_at is not null;
create index case_by_origin on case_file (school_id, origin);
select protect('case_file', 'select, insert, update');

-- Who may never see a case, whatever their roles: those it is about as possible wrongdoers.
create table case_barred (
  school_id text not null,
  person_id uuid not null,
  case_id uuid not null,
  primary key (school_id, person_id, case_id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index case_barred_by_case on case_barred (school_id, case_id);
select protect('case_barred', 'select, insert');

create table case_party (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  person_id uuid,
  label bytea,
  part text not null check (part in ('harmed', 'subject', 'witness', 'reporter')),
  added_at timestamptz not null,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id),
  check (person_id is not null or label is not null)
);
create index case_party_by_case on case_party (school_id, case_id);
create index case_party_by_person on case_party (school_id, person_id) where person_id is not null;
select protect('case_party', 'select, insert');

create table case_note (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  at timestamptz not null,
  author_id uuid not null,
  words bytea not null,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index case_note_by_case on case_note (school_id, case_id, at);
select protect('case_note', 'select, insert');

create table case_task (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  words bytea not null,
  owner_id uuid not null,
  due_on date not null,
  made_at timestamptz not null,
  made_by uuid not null,
  done_at timestamptz,
  done_by uuid,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index case_task_by_case on case_task (school_id, case_id);
create index case_task_open on case_task (school_id, owner_id, due_on) where done_at is null;
select protect('case_task', 'select, insert, update');

-- A referral made, or the decision not to make one: both in writing.
create table case_referral (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  agency text not null,
  made boolean not null,
  -- the agency's reference and the reasons, sealed
  reference bytea,
  reasons bytea not null,
  -- when it was really made, which may be before it was written down
  at timestamptz not null,
  recorded_at timestamptz not null,
  by_id uuid not null,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id),
  check (made or reference is null)
);
create index case_referral_by_case on case_referral (school_id, case_id);
create index case_referral_by_time on case_referral (school_id, recorded_at);
select protect('case_referral', 'select, insert');

create table case_decision (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  kind text not null check (kind in ('response', 'procedure', 'no-action', 'other')),
  -- the procedure that carries it on, such as a behaviour or disciplinary procedure, from incidents/data
  procedure text,
  -- its reference there, sealed
  words bytea not null,
  at timestamptz not null,
  by_id uuid not null,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index case_decision_by_case on case_decision (school_id, case_id);
create index case_decision_by_kind on case_decision (school_id, kind, at);
select protect('case_decision', 'select, insert');

-- Telling parents waits for the safeguarding lead, who must not be the author of the notice.
create table case_parent_notice (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  words bytea not null,
  proposed_at timestamptz not null,
  proposed_by uuid not null,
  state text not null default 'proposed' check (state in ('proposed', 'agreed', 'unsafe', 'given')),
  decided_at timestamptz,
  decided_by uuid,
  reasons bytea,
  given_at timestamptz,
  given_by uuid,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id),
  check (decided_by is null or decided_by <> proposed_by)
);
create index case_parent_notice_by_case on case_parent_notice (school_id, case_id);
create index case_parent_notice_by_state on case_parent_notice (school_id, state, proposed_at);
select protect('case_parent_notice', 'select, insert, update');

-- “A serious case is open”, and who said they know. Holds no content.
create table case_alert (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  kind text not null check (kind in ('headteacher', 'it-contact')),
  role text not null,
  -- null when nobody answers for the role: loud
  person_id uuid,
  made_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index case_alert_by_case on case_alert (school_id, case_id);
create index case_alert_by_time on case_alert (school_id, kind, made_at);
create index case_alert_waiting on case_alert (school_id, person_id) where acknowledged_at is null;
select protect('case_alert', 'select, insert, update');

-- Who opened the sealed words of a case, why, and until when they stay open to that person.
create table case_opening (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  person_id uuid not null,
  evidence_id uuid,
  reason text not null,
  words bytea,
  at timestamptz not null,
  until timestamptz not null,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index case_opening_live on case_opening (school_id, case_id, person_id, until);
select protect('case_opening', 'select, insert');

-- What a case teaches and who does it: improvements drawn from the log.
create table case_lesson (
  school_id text not null,
  id uuid not null,
  -- null for one drawn from the log as a whole
  case_id uuid,
  key_id uuid not null,
  words bytea not null,
  area text not null check (area in ('security', 'filtering', 'teaching', 'policy', 'training', 'support')),
  owner_id uuid not null,
  due_on date not null,
  made_at timestamptz not null,
  made_by uuid not null,
  done_at timestamptz,
  done_by uuid,
  primary key (school_id, id)
);
create index case_lesson_by_time on case_lesson (school_id, made_at);
create index case_lesson_open on case_lesson (school_id, due_on) where done_at is null;
create index case_lesson_by_case on case_lesson (school_id, case_id) where case_id is not null;
select protect('case_lesson', 'select, insert, update');

create table evidence_file (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  key_id uuid not null,
  -- the file's own name, sealed: names of files name people
  name bytea not null,
  size_bytes bigint not null,
  claimed_type text not null,
  found_type text not null,
  lies boolean not null,
  sha256 text not null,
  scan text not null check (scan in ('clean', 'not-scanned')),
  added_at timestamptz not null,
  added_by uuid not null,
  erased_at timestamptz,
  erased_by uuid,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index evidence_by_case on evidence_file (school_id, case_id);
select protect('evidence_file', 'select, insert, update');

-- A sanction cites a published rule and names the person who decided it.
create table sanction (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  person_id uuid not null,
  response text not null,
  rule text not null,
  decided_by uuid not null,
  decided_at timestamptz not null,
  reasons bytea not null,
  starts_at timestamptz not null,
  review_at timestamptz not null,
  -- null for what has no length, such as advice
  ends_at timestamptz,
  -- for staff: what else was considered, and whether the local authority's officer was asked
  alternatives bytea,
  lado_asked boolean,
  ended_at timestamptz,
  ended_how text check (ended_how in ('ran-out', 'lifted', 'appeal')),
  reviewed_at timestamptz,
  appeal text not null default 'none' check (appeal in ('none', 'made', 'upheld', 'dismissed')),
  appeal_words bytea,
  appeal_decided_by uuid,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id),
  check (appeal_decided_by is null or appeal_decided_by <> decided_by)
);
create index sanction_by_case on sanction (school_id, case_id);
create index sanction_by_person on sanction (school_id, person_id);
create index sanction_by_time on sanction (school_id, decided_at);
create index sanction_running on sanction (school_id, ends_at) where ended_at is null;
select protect('sanction', 'select, insert, update');

-- What a sanction or a precaution takes away for a while, and its return.
create table access_restriction (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  sanction_id uuid,
  person_id uuid not null,
  what text not null check (what in ('sign-in', 'internet')),
  from_at timestamptz not null,
  until_at timestamptz,
  lifted_at timestamptz,
  lifted_by text,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index access_restriction_live on access_restriction (school_id, person_id, what) where lifted_at is null;
create index access_restriction_due on access_restriction (school_id, until_at) where lifted_at is null;
create index access_restriction_by_case on access_restriction (school_id, case_id);
create index access_restriction_by_time on access_restriction (school_id, from_at);
select protect('access_restriction', 'select, insert, update');

-- The illegal-content path: a case in it takes no file, for ever.
create table illegal_path (
  school_id text not null,
  case_id uuid not null,
  suspicion text not null,
  begun_at timestamptz not null,
  -- null when the kind of report itself put the case here
  begun_by uuid,
  -- a web address as told, sealed; shown broken up, never a link, never fetched
  address bytea,
  finished_at timestamptz,
  primary key (school_id, case_id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index illegal_path_by_time on illegal_path (school_id, begun_at);
select protect('illegal_path', 'select, insert, update');
create table illegal_step (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  step text not null,
  at timestamptz not null,
  recorded_at timestamptz not null,
  by_id uuid not null,
  words bytea,
  primary key (school_id, id),
  foreign key (school_id, case_id) references illegal_path (school_id, case_id)
);
create index illegal_step_by_case on illegal_step (school_id, case_id);
select protect('illegal_step', 'select, insert');

-- Personal-data breaches: every one stands here, notified or not.
create table data_breach (
  school_id text not null,
  case_id uuid not null,
  -- when the school became aware: written once, annotated, never rewritten
  aware_at timestamptz not null,
  recorded_at timestamptz not null,
  recorded_by uuid,
  loss text not null check (loss in ('confidentiality', 'integrity', 'availability')),
  risk text check (risk in ('unlikely', 'risk', 'high')),
  notify boolean,
  decided_at timestamptz,
  decided_by uuid,
  reasons bytea,
  notified_at timestamptz,
  people_told_at timestamptz,
  primary key (school_id, case_id),
  foreign key (school_id, case_id) references case_file (school_id, id)
);
create index data_breach_by_time on data_breach (school_id, aware_at desc);
select protect('data_breach', 'select, insert, update');
create function awareness_is_never_rewritten() returns trigger language plpgsql as $$
begin
  if new.aware_at is distinct from old.aware_at or new.recorded_at is distinct from old.recorded_at then
    raise exception 'the moment of awareness can be annotated, never rewritten';
  end if;
  return new;
end $$;
create trigger awareness_is_never_rewritten before update on data_breach for each row execute function awareness_is_never_rewritten();
-- Each step of a breach as it was said at the time: annotations, assessments, decisions, notices, who was told.
create table breach_entry (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  kind text not null check (kind in ('awareness', 'assessment', 'decision', 'notice', 'notice-sent', 'people-told')),
  -- counts up within a kind, so that the first version of a notice is never lost
  version integer not null,
  at timestamptz not null,
  by_id uuid not null,
  content bytea not null,
  primary key (school_id, id),
  unique (school_id, case_id, kind, version),
  foreign key (school_id, case_id) references data_breach (school_id, case_id)
);
select protect('breach_entry', 'select, insert');

-- Searches of devices: who may, on what grounds, and the chain of custody.
create table search_authorisation (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  given_by uuid not null,
  from_at timestamptz not null,
  to_at timestamptz,
  primary key (school_id, id),
  check (given_by <> person_id)
);
create index search_authorisation_by_person on search_authorisation (school_id, person_id);
select protect('search_authorisation', 'select, insert, update');
create table device_search (
  school_id text not null,
  id uuid not null,
  case_id uuid not null,
  key_id uuid not null,
  ownership text not null check (ownership in ('school', 'pupil')),
  grounds text not null,
  rule text not null,
  -- device, what was said and seen: one sealed JSON
  content bytea not null,
  searched_by uuid not null,
  authorised_by uuid not null,
  witness_id uuid not null,
  pupil_id uuid,
  searched_at timestamptz not null,
  recorded_at timestamptz not null,
  status text not null check (status in ('held', 'examined', 'suspected-image', 'returned', 'police')),
  outcome text,
  parents_told_at timestamptz,
  primary key (school_id, id),
  foreign key (school_id, case_id) references case_file (school_id, id),
  check (witness_id <> searched_by)
);
create index device_search_by_case on device_search (school_id, case_id);
create index device_search_by_time on device_search (school_id, recorded_at desc);
select protect('device_search', 'select, insert, update');
create table search_custody (
  school_id text not null,
  id uuid not null,
  search_id uuid not null,
  step text not null,
  at timestamptz not null,
  by_id uuid not null,
  words bytea not null,
  primary key (school_id, id),
  foreign key (school_id, search_id) references device_search (school_id, id)
);
create index search_custody_by_search on search_custody (school_id, search_id, at);
select protect('search_custody', 'select, insert');

-- What the community is told: numbers only, small ones suppressed, and late enough that nobody is known by the date.
create table closure_notice (
  school_id text not null,
  id uuid not null,
  from_on date not null,
  to_on date not null,
  sentences text[] not null,
  published_at timestamptz not null,
  published_by uuid not null,
  primary key (school_id, id),
  check (to_on > from_on)
);
create unique index closure_notice_by_period on closure_notice (school_id, to_on);
select protect('closure_notice', 'select, insert');
