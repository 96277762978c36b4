-- Duties: who must not be told of a deadline, what was noted about an appointment, the yearly confirmation of the register,
-- recorded reviews and meetings with their versions; and when a message that could not be sent is tried again.

-- People who are never told of a deadline and never see it listed, whatever their role: those it is about.
alter table deadline add column kept_from uuid[] not null default '{}';

create index deadline_by_link on deadline (school_id, link);

alter table outbox add column next_attempt_at timestamptz;

-- What must stay beside an appointment: why a conflict was accepted, why the safeguarding lead is no deputy head, under which
-- contract an outside officer serves.
create table appointment_note (
  school_id text not null,
  id uuid not null,
  appointment_id uuid not null,
  kind text not null check (kind in ('conflict', 'not-deputy-head', 'service')),
  text text not null check (length(text) between 1 and 2000),
  -- of a service: who provides it, and the last day of the contract
  provider text,
  until_date date,
  written_by uuid,
  at timestamptz not null,
  primary key (school_id, id),
  foreign key (school_id, appointment_id) references appointment (school_id, id)
);
create index appointment_note_by_appointment on appointment_note (school_id, appointment_id);
select protect('appointment_note', 'select, insert');

-- The yearly confirmation that the register is right, bound to what it said by its digest.
create table duty_confirmation (
  school_id text not null,
  id uuid not null,
  at timestamptz not null,
  confirmed_by uuid not null,
  digest text not null,
  vacancies integer not null,
  primary key (school_id, id)
);
create index duty_confirmation_by_time on duty_confirmation (school_id, at);
select protect('duty_confirmation', 'select, insert');

-- Recurring acts of governance: a review, a meeting, a check. The words stand in versions, sealed under the record's key.
create table review (
  school_id text not null,
  id uuid not null,
  -- a kind of duties/review-kinds
  kind text not null,
  -- what was checked, where the kind checks one thing at a time: role:dsl, system:gateway; else ''
  item text not null default '',
  held_on date not null,
  made_by uuid not null,
  made_at timestamptz not null,
  key_id uuid not null,
  version integer not null default 1,
  -- the version that was signed; cleared by a newer one
  signed_version integer,
  completed_at timestamptz,
  primary key (school_id, id)
);
create index review_by_kind on review (school_id, kind, held_on);
select protect('review', 'select, insert, update');

create table review_version (
  school_id text not null,
  review_id uuid not null,
  version integer not null,
  words bytea not null,
  -- SHA-256 of the words as canonical JSON, in hex: what a signature is bound to
  digest text not null,
  -- the posts that were represented, and the people who held them that day
  posts text[] not null,
  people uuid[] not null,
  written_by uuid not null,
  written_at timestamptz not null,
  signed_by uuid,
  signed_at timestamptz,
  primary key (school_id, review_id, version),
  foreign key (school_id, review_id) references review (school_id, id),
  check ((signed_by is null) = (signed_at is null))
);
select protect('review_version', 'select, insert, update');
