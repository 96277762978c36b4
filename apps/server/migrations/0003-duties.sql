-- Deadlines: rows that people can see, with their owner, their basis, their pauses and honest lateness.

create table deadline (
  school_id text not null,
  id uuid not null,
  -- what it is for, such as incident.report, breach.ico, change.emergency-approval
  kind text not null,
  -- <kind>:<id> of the thing it belongs to
  subject text not null,
  -- a few words for the list, with no personal data in them
  title text not null,
  link text not null,
  owner_role text not null,
  owner_id uuid,
  -- the deadline rule as given (calendar rule of packages/engine), for showing its basis
  rule jsonb not null,
  starts_at timestamptz not null,
  due_at timestamptz,
  state text not null default 'open' check (state in ('open', 'met', 'late', 'missed', 'withdrawn')),
  -- when the thing was really done
  met_at timestamptz,
  -- when the miss happened (always the due instant) and when the worker noticed it
  missed_at timestamptz,
  noticed_at timestamptz,
  reminded_at timestamptz,
  escalation integer not null default 0,
  primary key (school_id, id)
);
create index deadline_open on deadline (school_id, due_at) where state in ('open', 'missed');
create index deadline_by_subject on deadline (school_id, subject);
create index deadline_by_kind on deadline (school_id, kind, due_at);
select protect('deadline', 'select, insert, update');

create table deadline_pause (
  school_id text not null,
  deadline_id uuid not null,
  from_at timestamptz not null,
  to_at timestamptz,
  reason text not null,
  primary key (school_id, deadline_id, from_at),
  foreign key (school_id, deadline_id) references deadline (school_id, id)
);
select protect('deadline_pause', 'select, insert, update');

-- The school's own calendar: terms (half-open) and closures (inset days and the like).
create table term (
  school_id text not null,
  from_date date not null,
  to_date date not null,
  name text not null,
  primary key (school_id, from_date),
  check (to_date > from_date)
);
select protect('term');
create table closure (
  school_id text not null,
  on_date date not null,
  name text not null,
  primary key (school_id, on_date)
);
select protect('closure');
