-- A lesson over whose websites a teacher of the class watched, with the figures that they signed.
create table class_watch (
  school_id text not null,
  id uuid not null,
  class_id text not null,
  teacher_id uuid not null,
  -- half-open, of one day
  from_at timestamptz not null,
  to_at timestamptz not null,
  signed_at timestamptz not null,
  requests integer not null,
  stopped integer not null,
  sites integer not null,
  -- SHA-256 over what was shown
  digest text not null,
  outcome text not null check (outcome in ('nothing', 'spoke', 'reported')),
  primary key (school_id, id),
  check (from_at < to_at)
);
create index class_watch_by_class on class_watch (school_id, class_id, to_at desc);
select protect('class_watch', 'select, insert');
