-- What a school changes about the rules for concerns: a rule switched off, a phrase of its own, either taken back. Each is a
-- request that a second person decided; the rules in force are what is shipped with these laid on top.

create table concern_rule_change (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  -- of the request's payload, as it was proposed
  digest text not null,
  -- what it is about, so that one thing waits once: `off:<rule>`, `phrase:<words>` or `back:<change>`
  about text not null,
  state text not null check (state in ('waiting', 'in-force', 'refused', 'withdrawn', 'ended')),
  made_at timestamptz not null,
  -- counted up with every approval; the highest one is the version that flags name
  version integer,
  in_force_at timestamptz,
  ended_at timestamptz,
  -- the change that took it back
  ended_by uuid,
  primary key (school_id, id),
  foreign key (school_id, request_id) references request (school_id, id),
  check ((version is null) = (in_force_at is null)),
  check ((state = 'ended') = (ended_at is not null))
);
create unique index concern_rule_change_waiting on concern_rule_change (school_id, about) where state = 'waiting';
create unique index concern_rule_change_version on concern_rule_change (school_id, version);
create index concern_rule_change_by_time on concern_rule_change (school_id, made_at desc);
select protect('concern_rule_change', 'select, insert, update');

-- The rules page counts the flags of a term by their rules, and a proposal is tried on those of the last days.
create index flag_by_receipt on flag (school_id, received_at desc);
