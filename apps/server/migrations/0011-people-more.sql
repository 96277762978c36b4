-- Why somebody's access was taken away or given back: sealed under a key of its own, because it may be about a child.
create table access_note (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  kind text not null check (kind in ('suspended', 'restored')),
  by_id uuid not null,
  at timestamptz not null,
  key_id uuid not null,
  reason bytea not null,
  primary key (school_id, id),
  foreign key (school_id, person_id) references person (school_id, id),
  foreign key (school_id, key_id) references record_key (school_id, id)
);
create index access_note_by_person on access_note (school_id, person_id, at);
select protect('access_note', 'select, insert');
