-- The web log for years: what else a line may hold, figures a day, the sealed file of each closed day, holds; and who may
-- look at one person's part of it. Breaking: `activity_look` goes, since a look now needs an authority. The ledger keeps
-- every look that was made before.

alter table activity add column term text check (length(term) between 1 and 200);
alter table activity add column referrer_host text;
alter table activity add column place text;
alter table activity add column device text;
alter table activity add column source text not null default 'gateway';
comment on column activity.term is 'what was typed into a search engine: only where a search rule of the school blocked or flagged it';
comment on column activity.referrer_host is 'the site whose page asked for this, without its path: only where it was not allowed';
alter table activity_segment add column format text;

-- Each day (London) of which the log holds anything.
create table activity_day (
  school_id text not null,
  day date not null,
  -- when rows last came in or went out, and when the figures of the day were last made from them
  changed_at timestamptz not null,
  counted_at timestamptz,
  requests bigint not null default 0,
  people integer not null default 0,
  -- the sealed file of a closed day: `<data>/activity/<school>/<day>.parquet.sealed`
  sealed_at timestamptz,
  file_key uuid,
  file_sha256 text,
  file_bytes bigint,
  file_rows bigint,
  primary key (school_id, day),
  foreign key (school_id, file_key) references record_key (school_id, id),
  check ((sealed_at is null) = (file_key is null)),
  check ((sealed_at is null) = (file_sha256 is null))
);
select protect('activity_day');

-- Figures of a day without any person. Years of them are small.
create table activity_daily (
  school_id text not null,
  day date not null,
  -- the groups of the person, joined by commas; '' where none was known
  groups text not null,
  category text not null,
  verdict text not null,
  requests bigint not null,
  people integer not null,
  primary key (school_id, day, groups, category, verdict)
);
select protect('activity_daily');

-- The sites of a day: all that were not allowed, and of the others the most asked for. Up to 1,000 of each.
create table activity_daily_site (
  school_id text not null,
  day date not null,
  host text not null,
  verdict text not null,
  category text not null,
  requests bigint not null,
  people integer not null,
  -- nobody had asked for it in the kept time before this day
  is_new boolean not null,
  primary key (school_id, day, host, verdict, category)
);
create index activity_daily_site_by_host on activity_daily_site (school_id, host, day);
select protect('activity_daily_site');

-- Each site that somebody asked for, to know what is new.
create table activity_site (
  school_id text not null,
  host text not null,
  first_day date not null,
  -- within 30 days
  last_day date not null,
  primary key (school_id, host)
);
select protect('activity_site');

-- What retention leaves alone until a day: a person's log, or everybody's of some days, for a case or a claim.
create table activity_hold (
  school_id text not null,
  id uuid not null,
  person_id uuid,
  from_day date not null,
  -- the last day that is held
  to_day date not null,
  -- the last day on which it holds
  until_day date not null,
  key_id uuid not null,
  reason bytea not null,
  by_id uuid not null,
  at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid,
  primary key (school_id, id),
  foreign key (school_id, key_id) references record_key (school_id, id),
  check (from_day <= to_day),
  check ((ended_at is null) = (ended_by is null))
);
select protect('activity_hold', 'select, insert');
grant update (ended_at, ended_by) on activity_hold to gatehouse_app;

-- How long is kept, where a school has set it otherwise than 12 months; the newest row holds.
create table activity_retention (
  school_id text not null,
  request_id uuid not null,
  months integer not null check (months between 1 and 84),
  at timestamptz not null,
  primary key (school_id, request_id),
  foreign key (school_id, request_id) references request (school_id, id)
);
select protect('activity_retention', 'select, insert');

drop table activity_look;

-- Leave to look at one named person: asked for by one, given by another, for a purpose, within a scope, until an end.
create table look_authority (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  target text not null check (target in ('log', 'device', 'mail')),
  -- the policy's list (B-monitoring-03); there is no “other”
  purpose text not null check (purpose in ('business', 'compliance', 'operation', 'quality', 'training', 'subject-access', 'crime')),
  person_id uuid not null,
  -- asked for from one entry of the log, so that the asker does not know yet whose it is
  by_entry boolean not null,
  asked_by uuid not null,
  asked_at timestamptz not null,
  from_day date not null,
  to_day date not null,
  what text not null check (what in ('everything', 'not-allowed')),
  key_id uuid not null,
  reason bytea not null,
  -- opened at once by the safeguarding lead; authority has to follow by this instant
  urgent boolean not null,
  authority_due timestamptz,
  -- who decides: 'headteacher' or 'chair'
  decider text not null check (decider in ('headteacher', 'chair')),
  state text not null check (state in ('waiting', 'approved', 'refused', 'withdrawn', 'ended')),
  decided_by uuid,
  decided_at timestamptz,
  -- exclusive: from this instant it is closed
  ends_at timestamptz not null,
  primary key (school_id, id),
  foreign key (school_id, request_id) references request (school_id, id),
  foreign key (school_id, key_id) references record_key (school_id, id),
  check (from_day <= to_day),
  check (urgent = (authority_due is not null)),
  check (asked_by <> person_id),
  check (decided_by is null or (decided_by <> asked_by and decided_by <> person_id)),
  check (state <> 'approved' or decided_by is not null)
);
create index look_authority_by_time on look_authority (school_id, asked_at desc);
create index look_authority_by_person on look_authority (school_id, person_id);
select protect('look_authority', 'select, insert');
grant update (state, decided_by, decided_at, ends_at) on look_authority to gatehouse_app;

-- Every look at a named person, and every one that was refused.
create table look_access (
  school_id text not null,
  id uuid not null,
  authority_id uuid,
  target text not null check (target in ('log', 'device', 'mail')),
  person_id uuid,
  by_id uuid not null,
  at timestamptz not null,
  outcome text not null check (outcome in ('opened', 'refused')),
  -- of a refusal: why; of an opening: null
  why text,
  from_day date,
  to_day date,
  -- opened before authority was given
  before_authority boolean not null default false,
  primary key (school_id, id),
  check ((outcome = 'refused') = (why is not null)),
  check (outcome = 'refused' or authority_id is not null)
);
create index look_access_by_time on look_access (school_id, at desc);
create index look_access_by_authority on look_access (school_id, authority_id, at desc);
select protect('look_access', 'select, insert');

-- The half-termly report on those who look: one for the headteacher, and one about the headteacher for the chair.
create table watcher_report (
  school_id text not null,
  id uuid not null,
  reader text not null check (reader in ('headteacher', 'chair')),
  from_day date not null,
  to_day date not null,
  made_at timestamptz not null,
  looks integer not null,
  refused integer not null,
  before_authority integer not null,
  digest text not null,
  due_at timestamptz not null,
  read_by uuid,
  read_at timestamptz,
  key_id uuid,
  note bytea,
  primary key (school_id, id),
  unique (school_id, reader, from_day),
  foreign key (school_id, key_id) references record_key (school_id, id),
  check ((read_by is null) = (read_at is null)),
  check ((note is null) = (key_id is null))
);
select protect('watcher_report', 'select, insert');
grant update (read_by, read_at, key_id, note) on watcher_report to gatehouse_app;

-- Two writers of one new day: the second waited, and may still remember that the day was not there.
create or replace function activity_make_day(p_day date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  name text := 'activity_' || to_char(p_day, 'YYYYMMDD');
begin
  if to_regclass('public.' || name) is not null then return; end if;
  perform pg_advisory_xact_lock(7283020);
  execute format('create table if not exists %I partition of activity for values from (%L) to (%L)',
    name, p_day::text || ' 00:00+00', (p_day + 1)::text || ' 00:00+00');
exception when duplicate_table then null;
end $$;

-- The school's own and leased devices that somebody looked into unannounced (B-monitoring-01), and those that were refused
-- because they are somebody else's.
create table device_inspection (
  school_id text not null,
  id uuid not null,
  by_id uuid not null,
  at timestamptz not null,
  owner text not null check (owner in ('school', 'leased', 'pupil', 'staff', 'other')),
  purpose text not null check (purpose in ('business', 'compliance', 'operation', 'quality', 'training', 'subject-access', 'crime')),
  outcome text not null check (outcome in ('inspected', 'refused')),
  key_id uuid not null,
  -- the device, why, and what was found
  words bytea not null,
  primary key (school_id, id),
  foreign key (school_id, key_id) references record_key (school_id, id),
  check ((outcome = 'inspected') = (owner in ('school', 'leased')))
);
create index device_inspection_by_time on device_inspection (school_id, at desc);
select protect('device_inspection', 'select, insert');

-- Days that were in the log before.
do $$
declare
  each text;
begin
  for each in select id from school loop
    perform set_config('app.school_id', each, true);
    insert into activity_day (school_id, day, changed_at)
      select distinct each, (at at time zone 'Europe/London')::date, now() from activity where school_id = each;
  end loop;
  perform set_config('app.school_id', '', true);
end $$;
