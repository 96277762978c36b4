-- Where a round of requests went through the filter (`gateway` is the embedded proxy; others are the operator's own points,
-- such as a Squid or a resolver), and what should be open and was found blocked.

alter table filter_test add column point text not null default 'gateway';
create index filter_heartbeat_by_point on filter_test (school_id, point, at desc) where change_id is null;

-- A site of the must-allow list that a group could not reach, from the first round that saw it to the first that did not.
create table filter_overblock (
  school_id text not null,
  id uuid not null,
  host text not null,
  group_id text not null,
  category text not null,
  rule text not null,
  -- the lists that name it in that category
  sources text[] not null,
  since timestamptz not null,
  seen_at timestamptz not null,
  ended_at timestamptz,
  primary key (school_id, id)
);
create unique index filter_overblock_open on filter_overblock (school_id, host, group_id) where ended_at is null;
select protect('filter_overblock', 'select, insert, update');
