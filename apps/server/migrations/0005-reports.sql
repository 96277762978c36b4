-- Reports: what anybody tells the school, unaltered and sealed; who receives one and who may never see it; the thread with
-- somebody who gave no name; the day's junk mail; practice reports; checks of the help page; the reporting guidance.

create table report (
  school_id text not null,
  id uuid not null,
  -- one of incidents/data/categories
  kind text not null,
  category text not null check (category in ('content', 'contact', 'conduct', 'commerce', 'data', 'technical')),
  seriousness text not null check (seriousness in ('low', 'medium', 'serious')),
  who text not null check (who in ('pupil', 'parent', 'staff', 'visitor')),
  -- the member of staff who was signed in; null for everybody else, also for those who are signed in
  made_by uuid,
  about text not null,
  danger_now boolean not null,
  key_id uuid not null,
  words bytea not null,
  -- names of people it is about, as typed
  names bytea,
  -- time of the event, where it is known, and how well
  happened_at timestamptz,
  happened_when text not null,
  place text not null check (place in ('school', 'elsewhere', 'unknown')),
  received_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  -- the staff form's clock of 24 hours from event to report, where the time of the event is known
  made_late boolean,
  outside_advice boolean not null,
  -- sentences of the answer page that were shown: do-not-reply, do-not-look …
  guidance text[] not null,
  clicked boolean not null default false,
  case_id uuid,
  -- junk mail: the London day whose digest holds it, instead of a case
  digest_on date,
  -- of sender and subject, so that a wave of one message is seen
  campaign bytea,
  -- HMACs: of the three words, and of the form that was sent
  code_hmac bytea,
  form_hmac bytea,
  primary key (school_id, id),
  check ((acknowledged_at is null) = (acknowledged_by is null)),
  check (case_id is null or digest_on is null)
);
create unique index report_by_code on report (school_id, code_hmac) where code_hmac is not null;
create unique index report_by_form on report (school_id, form_hmac) where form_hmac is not null;
create index report_by_time on report (school_id, received_at desc, id desc);
create index report_waiting on report (school_id, received_at) where acknowledged_at is null and digest_on is null;
create index report_by_kind on report (school_id, kind, received_at desc);
create index report_by_day on report (school_id, digest_on) where digest_on is not null;
create index report_by_maker on report (school_id, made_by, received_at desc) where made_by is not null;
select protect('report', 'select, insert, update');

-- Who receives it. content false: the facts that it happened and when, never the words (the DPO outside data matters).
create table report_recipient (
  school_id text not null,
  report_id uuid not null,
  role text not null,
  content boolean not null,
  -- who answered in the role at that moment and was told; null when nobody did, which is loud
  person_id uuid,
  primary key (school_id, report_id, role),
  foreign key (school_id, report_id) references report (school_id, id)
);
create index report_recipient_by_person on report_recipient (school_id, person_id) where person_id is not null;
create index report_recipient_by_role on report_recipient (school_id, role, report_id desc);
select protect('report_recipient', 'select, insert');

-- Who may never see it: the person it is about, and every duty-holder named in it.
create table report_excluded (
  school_id text not null,
  person_id uuid not null,
  report_id uuid not null,
  why text not null check (why in ('chosen', 'named')),
  primary key (school_id, person_id, report_id),
  foreign key (school_id, report_id) references report (school_id, id)
);
create index report_excluded_by_report on report_excluded (school_id, report_id);
select protect('report_excluded', 'select, insert');

-- A forwarded message: its bytes as they came, sealed; its headers as read, sealed.
create table report_message (
  school_id text not null,
  report_id uuid not null,
  form text not null check (form in ('pasted', 'file')),
  content bytea not null,
  sha256 text not null,
  size integer not null,
  headers bytea not null,
  primary key (school_id, report_id),
  foreign key (school_id, report_id) references report (school_id, id)
);
select protect('report_message', 'select, insert');

create table report_thread (
  school_id text not null,
  id uuid not null,
  report_id uuid not null,
  from_reporter boolean not null,
  -- null for the reporter
  author_id uuid,
  at timestamptz not null,
  words bytea not null,
  primary key (school_id, id),
  foreign key (school_id, report_id) references report (school_id, id),
  check (from_reporter = (author_id is null))
);
create index report_thread_by_report on report_thread (school_id, report_id, at);
select protect('report_thread', 'select, insert');

-- The one bucket of guesses at three words, for everybody together: see thread-throttle.ts.
create table report_guess (
  school_id text primary key,
  tokens double precision not null,
  -- when the network manager was last told that the bucket ran dry
  told_at timestamptz,
  at timestamptz not null
);
select protect('report_guess', 'select, insert, update');

-- One row a day on which junk mail was reported.
create table junk_digest (
  school_id text not null,
  on_date date not null,
  looked_at timestamptz,
  looked_by uuid,
  primary key (school_id, on_date),
  check ((looked_at is null) = (looked_by is null))
);
select protect('junk_digest', 'select, insert, update');

-- Reports made for practice: by the software each night, or by a class with its teacher. Nothing of one is kept but this.
create table report_drill (
  school_id text not null,
  id uuid not null,
  kind text not null check (kind in ('nightly', 'class')),
  group_id text,
  by_id uuid,
  at timestamptz not null,
  -- ids of the probes that were sent, and of those that did not arrive as they should
  probes text[] not null,
  failed text[] not null,
  primary key (school_id, id),
  check ((kind = 'class') = (group_id is not null and by_id is not null))
);
create index report_drill_by_time on report_drill (school_id, kind, at desc);
select protect('report_drill', 'select, insert');

-- What a person found when comparing a line of the help page with the organisation's own.
create table help_check (
  school_id text not null,
  id uuid not null,
  line_id text not null,
  -- of the line's contents as checked: a line that changed since is unchecked
  digest text not null,
  right_now boolean not null,
  at timestamptz not null,
  by_id uuid not null,
  primary key (school_id, id)
);
create index help_check_by_line on help_check (school_id, line_id, at desc);
select protect('help_check', 'select, insert');

-- The reporting guidance as published, and who read which text.
create table reporting_guidance (
  school_id text not null,
  id uuid not null,
  digest text not null,
  published_at timestamptz not null,
  published_by uuid not null,
  primary key (school_id, id)
);
create index reporting_guidance_by_time on reporting_guidance (school_id, published_at desc);
select protect('reporting_guidance', 'select, insert');
create table reporting_guidance_receipt (
  school_id text not null,
  person_id uuid not null,
  digest text not null,
  at timestamptz not null,
  primary key (school_id, person_id, digest)
);
select protect('reporting_guidance_receipt', 'select, insert');
