-- Who was told that use is observed, when, and how: read by themselves, or told by their teacher.
create table use_notice (
  school_id text not null,
  person_id uuid not null,
  at timestamptz not null,
  -- of the words
  version integer not null,
  how text not null check (how in ('read', 'told')),
  by_id uuid not null,
  primary key (school_id, person_id, at)
);
select protect('use_notice', 'select, insert');
