-- The web filter of each school: what two people decided, what was proved from the user's side, and what was found changed
-- behind their backs. The rules in force are the changes in force, in order, on top of the shipped profiles: there is no
-- second copy that could say otherwise.

-- One row a school, locked by every decision, so that decisions about the filter follow one another.
create table filter_state (
  school_id text primary key,
  -- counts decisions that changed the rules; the rule set's version
  version bigint not null default 0,
  -- what was last put into a bundle for this school: serial, digest of its rules, digest of the lists file
  published_serial bigint,
  published_rules text,
  published_lists text,
  published_at timestamptz
);
select protect('filter_state', 'select, insert, update');

-- The content stands in the request (kind filter.change) as canonical JSON under its digest.
create table filter_change (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  -- the digest of the content that was put in force; drift compares it with the request and with the ledger
  digest text not null,
  state text not null check (state in ('waiting', 'in-force', 'refused', 'withdrawn', 'ended')),
  emergency boolean not null default false,
  case_id uuid,
  review_on date,
  made_at timestamptz not null,
  in_force_at timestamptz,
  -- place in the order in which changes apply
  version bigint,
  ended_at timestamptz,
  -- the rollback that ended it, or null where a refused emergency block was lifted
  ended_by uuid,
  -- when the last proof from the user's side was taken, and how it came out
  tested_at timestamptz,
  test_result text check (test_result in ('passed', 'failed', 'inconclusive')),
  primary key (school_id, id),
  foreign key (school_id, request_id) references request (school_id, id),
  check ((state in ('in-force', 'ended')) = (in_force_at is not null))
);
create unique index filter_change_by_request on filter_change (school_id, request_id);
create index filter_change_in_force on filter_change (school_id, version) where state = 'in-force';
create index filter_change_by_time on filter_change (school_id, made_at desc);
create index filter_change_by_case on filter_change (school_id, case_id) where case_id is not null;
select protect('filter_change', 'select, insert, update');

-- What a request through the proxy showed: after a change, and every hour for every category and group.
create table filter_test (
  school_id text not null,
  id uuid not null,
  -- null for the hourly heartbeat
  change_id uuid,
  at timestamptz not null,
  serial bigint not null,
  result text not null check (result in ('passed', 'failed', 'inconclusive')),
  checks integer not null,
  failures integer not null,
  -- [{group, host, path, expected, outcome, ok}]; of a heartbeat only what failed, and the counts a group
  detail jsonb not null,
  primary key (school_id, id)
);
create index filter_test_by_change on filter_test (school_id, change_id, at desc) where change_id is not null;
create index filter_heartbeat on filter_test (school_id, at desc) where change_id is null;
select protect('filter_test', 'select, insert, delete');

-- A difference between what two people approved and what is on disk or in the database.
create table filter_drift (
  school_id text not null,
  id uuid not null,
  found_at timestamptz not null,
  place text not null check (place in ('bundle', 'lists', 'database')),
  -- sentences that name each difference
  differences text[] not null,
  digest text not null,
  mended_at timestamptz,
  primary key (school_id, id)
);
create index filter_drift_open on filter_drift (school_id, found_at) where mended_at is null;
select protect('filter_drift', 'select, insert, update');

-- "I need this", from the block page: counted a site, with nobody's name or words.
create table site_request (
  school_id text not null,
  host text not null,
  category text not null,
  purpose text not null check (purpose in ('lesson', 'homework', 'work', 'other')),
  times integer not null default 1,
  first_at timestamptz not null,
  last_at timestamptz not null,
  settled_at timestamptz,
  settled_by uuid,
  primary key (school_id, host, first_at)
);
create unique index site_request_open on site_request (school_id, host) where settled_at is null;
select protect('site_request', 'select, insert, update');

-- A governor's look through the log of filtering changes.
create table filter_log_review (
  school_id text not null,
  id uuid not null,
  reviewed_by uuid not null,
  at timestamptz not null,
  -- half-open: every change made in it was listed on the page that was signed
  from_at timestamptz not null,
  to_at timestamptz not null,
  changes integer not null,
  -- SHA-256 over the ids, digests and states of those changes
  digest text not null,
  note text not null,
  primary key (school_id, id)
);
create index filter_log_review_by_time on filter_log_review (school_id, at desc);
select protect('filter_log_review', 'select, insert');

-- The compiled lists that became active at this school, with what was counted in them.
create table filter_lists (
  school_id text not null,
  id uuid not null,
  sha256 text not null,
  active_at timestamptz not null,
  domains bigint not null,
  sources jsonb not null,
  primary key (school_id, id)
);
create index filter_lists_by_time on filter_lists (school_id, active_at desc);
select protect('filter_lists', 'select, insert');
