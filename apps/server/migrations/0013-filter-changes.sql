-- What changing the filter takes beyond the change itself: when each change was in force (so that any past state can be had
-- again), proposals that are looked at before they are sent, what a proposal would have done to real requests, and what the
-- running filter said about the technology matrix.

-- digest of the networks and devices that were last put into a bundle
alter table filter_state add column published_network text;

-- One row a time that a change was in force; half-open, `to_at` null while it is. A change that was taken back and put in
-- force again has several.
create table filter_span (
  school_id text not null,
  change_id uuid not null,
  from_at timestamptz not null,
  to_at timestamptz,
  -- the change that ended it, or null where a refused emergency block was lifted
  ended_by uuid,
  primary key (school_id, change_id, from_at),
  foreign key (school_id, change_id) references filter_change (school_id, id),
  check (to_at is null or to_at >= from_at)
);
alter table filter_change no force row level security;
insert into filter_span (school_id, change_id, from_at, to_at, ended_by)
  select school_id, id, in_force_at, ended_at, ended_by from filter_change where in_force_at is not null;
alter table filter_change force row level security;
create unique index filter_span_open on filter_span (school_id, change_id) where to_at is null;
create index filter_span_by_time on filter_span (school_id, from_at);
select protect('filter_span', 'select, insert, update');

-- A proposal that its author is still looking at: nobody else sees it, and it is nobody's decision.
create table filter_draft (
  school_id text not null,
  id uuid not null,
  -- canonical JSON, as it will stand in the request
  payload text not null,
  digest text not null,
  reason text not null,
  by_id uuid not null,
  made_at timestamptz not null,
  sent_at timestamptz,
  change_id uuid,
  primary key (school_id, id)
);
create index filter_draft_by_time on filter_draft (school_id, made_at);
select protect('filter_draft', 'select, insert, update, delete');

-- What a content would have done to the requests of the last days: counts, classes and hosts, and no person.
create table filter_replay (
  school_id text not null,
  id uuid not null,
  -- of the content that was replayed, and the version of the rules that it was laid upon
  digest text not null,
  rules_version bigint not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  made_at timestamptz not null,
  requests bigint not null,
  newly_blocked bigint not null,
  newly_open bigint not null,
  detail jsonb not null,
  primary key (school_id, id)
);
create index filter_replay_by_digest on filter_replay (school_id, digest, made_at desc);
select protect('filter_replay', 'select, insert, delete');

-- What the running filter said about each cell of the technology matrix that it carries out.
create table filter_matrix_round (
  school_id text not null,
  id uuid not null,
  at timestamptz not null,
  serial bigint not null,
  result text not null check (result in ('passed', 'failed', 'inconclusive')),
  -- [{technology, side, at, how, group, host, expected, seen, result}]
  detail jsonb not null,
  primary key (school_id, id)
);
create index filter_matrix_round_by_time on filter_matrix_round (school_id, at desc);
select protect('filter_matrix_round', 'select, insert, delete');
