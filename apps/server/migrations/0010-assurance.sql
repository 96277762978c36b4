-- What governors are given: frozen packs, who read and signed them, what was asked and answered, what went on to the directors.

create table governors_pack (
  school_id text not null,
  id uuid not null,
  number integer not null,
  term_name text not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  issued_at timestamptz not null,
  issued_by uuid not null,
  -- canonical JSON, exactly as signed for; its SHA-256 stands in the ledger too
  content text not null,
  digest text not null,
  primary key (school_id, id)
);
create unique index governors_pack_number on governors_pack (school_id, number);
select protect('governors_pack', 'select, insert');

create table pack_receipt (
  school_id text not null,
  pack_id uuid not null,
  person_id uuid not null,
  read_at timestamptz not null,
  signed_at timestamptz,
  primary key (school_id, pack_id, person_id),
  foreign key (school_id, pack_id) references governors_pack (school_id, id)
);
select protect('pack_receipt', 'select, insert, update');

create table pack_question (
  school_id text not null,
  id uuid not null,
  pack_id uuid not null,
  key_id uuid not null,
  asked_by uuid not null,
  asked_at timestamptz not null,
  question bytea not null,
  answered_by uuid,
  answered_at timestamptz,
  answer bytea,
  primary key (school_id, id),
  foreign key (school_id, pack_id) references governors_pack (school_id, id),
  check ((answer is null) = (answered_at is null))
);
create index pack_question_by_pack on pack_question (school_id, pack_id, asked_at);
select protect('pack_question', 'select, insert, update');

-- What of a pack goes on to the directors above the board: asked for with its reason, then recorded once it is done.
create table pack_onward (
  school_id text not null,
  id uuid not null,
  pack_id uuid not null,
  key_id uuid not null,
  asked_by uuid not null,
  asked_at timestamptz not null,
  reason bytea not null,
  reported_by uuid,
  -- when it was recorded, by this clock; the day it was given to them is what a person says
  reported_at timestamptz,
  reported_on date,
  reported_to bytea,
  how text check (how in ('meeting', 'email', 'post', 'hand')),
  -- of the copy that was given: the digest with which the pack was issued
  digest text,
  primary key (school_id, id),
  foreign key (school_id, pack_id) references governors_pack (school_id, id),
  check (num_nulls(reported_by, reported_at, reported_on, reported_to, how, digest) in (0, 6))
);
create index pack_onward_by_pack on pack_onward (school_id, pack_id, asked_at);
-- one at a time of each pack
create unique index pack_onward_waiting on pack_onward (school_id, pack_id) where reported_at is null;
select protect('pack_onward', 'select, insert, update');

-- What happened since somebody's last visit, and in a term.
create index ledger_entry_by_time on ledger_entry (school_id, at);
