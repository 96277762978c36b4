-- Passes: temporary openings for a class or a person, each with an end; sites that a teacher checked for a lesson; and what
-- people said about a site that was closed, or open, and should not be.

-- The content stands in the request (kind pass) as canonical JSON under its digest.
create table pass (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  -- the digest of the content that was asked for; what is put in force is compared with the request and with the ledger
  digest text not null,
  kind text not null check (kind in ('sites', 'technology', 'lesson')),
  state text not null check (state in ('waiting', 'granted', 'refused', 'withdrawn', 'ended')),
  -- by whoever asked, within the limits that the headteacher has set, or because it opens nothing
  alone boolean not null default false,
  -- null for one person's
  class_id text,
  asked_by uuid not null,
  asked_at timestamptz not null,
  -- from the beginning of the first lesson to the end of the last
  from_at timestamptz not null,
  until_at timestamptz not null,
  copied_from uuid,
  granted_at timestamptz,
  ended_at timestamptz,
  ended_how text check (ended_how in ('time', 'early', 'left')),
  -- when it was last seen shut from the user's side after its end, and how that came out
  shut_at timestamptz,
  shut_result text check (shut_result in ('shut', 'open', 'unknown')),
  primary key (school_id, id),
  foreign key (school_id, request_id) references request (school_id, id),
  check (from_at < until_at),
  check ((state in ('granted', 'ended')) = (granted_at is not null)),
  check ((state = 'ended') = (ended_at is not null and ended_how is not null))
);
create unique index pass_by_request on pass (school_id, request_id);
create index pass_granted on pass (school_id, until_at) where state = 'granted';
create index pass_by_time on pass (school_id, asked_at desc);
create index pass_by_person on pass (school_id, asked_by, asked_at desc);
select protect('pass', 'select, insert, update');

-- What a teacher may open alone; the newest row counts, and with none nobody may.
create table pass_limits (
  school_id text not null,
  id uuid not null,
  categories text[] not null,
  -- of one pass
  minutes integer not null check (minutes between 0 and 480),
  per_week integer not null check (per_week between 0 and 50),
  reason text not null,
  set_by uuid not null,
  set_at timestamptz not null,
  primary key (school_id, id)
);
create index pass_limits_by_time on pass_limits (school_id, set_at desc);
select protect('pass_limits', 'select, insert');

-- A lesson for which a teacher prepares sites.
create table lesson (
  school_id text not null,
  id uuid not null,
  class_id text not null,
  teacher_id uuid not null,
  topic text not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  -- the sites are the only ones open to the class for that time
  is_only boolean not null default false,
  pass_id uuid,
  made_at timestamptz not null,
  withdrawn_at timestamptz,
  primary key (school_id, id),
  foreign key (school_id, pass_id) references pass (school_id, id),
  check (from_at < until_at)
);
create index lesson_by_time on lesson (school_id, from_at desc);
create index lesson_by_class on lesson (school_id, class_id, from_at);
select protect('lesson', 'select, insert, update');

create table lesson_site (
  school_id text not null,
  lesson_id uuid not null,
  id uuid not null,
  host text not null,
  path text,
  -- as the teacher wrote it, for the link that pupils follow
  address text not null,
  -- somebody looked at it, on this day, and signed that it is right for the class
  looked_on date,
  looked_by uuid,
  looked_at timestamptz,
  -- how the name resolved and how it was listed then: {addresses, name, nameservers, categories}
  fingerprint jsonb,
  -- the last technical look: DNS and lists only, never the page
  checked_at timestamptz,
  check_result text check (check_result in ('same', 'changed', 'unknown')),
  -- sentences; empty unless it changed since somebody looked
  differences text[] not null default '{}',
  removed_at timestamptz,
  primary key (school_id, lesson_id, id),
  foreign key (school_id, lesson_id) references lesson (school_id, id),
  check ((looked_on is null) = (looked_by is null) and (looked_on is null) = (looked_at is null))
);
select protect('lesson_site', 'select, insert, update');

-- "This should be open", with an answer; "this should be closed", with a report.
create table contest (
  school_id text not null,
  id uuid not null,
  kind text not null check (kind in ('open-it', 'close-it')),
  host text not null,
  category text not null,
  purpose text check (purpose in ('lesson', 'homework', 'work', 'other')),
  -- who gets the answer; nobody where it was said without signing in
  person_id uuid,
  key_id uuid,
  words bytea,
  at timestamptz not null,
  report_id uuid,
  answer text check (answer in ('opened', 'pass', 'stays', 'was-open', 'closed', 'stays-open')),
  answer_words text,
  answered_by uuid,
  answered_at timestamptz,
  read_at timestamptz,
  primary key (school_id, id),
  foreign key (school_id, person_id) references person (school_id, id),
  foreign key (school_id, key_id) references record_key (school_id, id),
  foreign key (school_id, report_id) references report (school_id, id),
  check ((key_id is null) = (words is null)),
  check ((answer is null) = (answered_by is null) and (answer is null) = (answered_at is null))
);
create index contest_waiting on contest (school_id, at) where answer is null;
create index contest_by_person on contest (school_id, person_id, at desc) where person_id is not null;
create index contest_by_host on contest (school_id, host, at desc);
select protect('contest', 'select, insert, update');
