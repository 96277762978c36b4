-- Briefings: which text was given out, and who answered its questions right. The texts themselves come with the product.

create table briefing_given (
  school_id text not null,
  id uuid not null,
  -- one of incidents/briefing-texts
  briefing text not null,
  -- of the whole text with its questions: a text that changed since is not given out
  digest text not null,
  at timestamptz not null,
  by_id uuid not null,
  primary key (school_id, id)
);
create index briefing_given_by_time on briefing_given (school_id, briefing, at desc);
select protect('briefing_given', 'select, insert');

-- One question that a person answered right; wrong answers are only counted in the ledger.
create table briefing_answer (
  school_id text not null,
  person_id uuid not null,
  briefing text not null,
  question text not null,
  -- of the question with the part of the text that it is about
  digest text not null,
  at timestamptz not null,
  primary key (school_id, briefing, question, person_id, digest, at),
  foreign key (school_id, person_id) references person (school_id, id)
);
select protect('briefing_answer', 'select, insert');

-- All questions of one text answered right together.
create table briefing_receipt (
  school_id text not null,
  person_id uuid not null,
  briefing text not null,
  digest text not null,
  at timestamptz not null,
  primary key (school_id, briefing, digest, person_id, at),
  foreign key (school_id, person_id) references person (school_id, id)
);
select protect('briefing_receipt', 'select, insert');

-- What came of an attempt at misuse in the web log: it was reported, or somebody said why it is none.
create table attempt_outcome (
  school_id text not null,
  id uuid not null,
  -- the entry of the web log; that row is deleted after a year, and this one stays
  activity_id uuid not null,
  activity_at timestamptz not null,
  -- what it settles: the requests of one person (or, where nobody was known, for one site) in one category on one London day,
  -- as far as whoever settled it had seen them
  on_day date not null,
  category text not null,
  whose text not null,
  until_at timestamptz not null,
  due_at timestamptz not null,
  outcome text not null check (outcome in ('reported', 'no-misuse')),
  report_id uuid,
  key_id uuid,
  reason bytea,
  by_id uuid not null,
  at timestamptz not null,
  primary key (school_id, id),
  foreign key (school_id, report_id) references report (school_id, id),
  foreign key (school_id, key_id) references record_key (school_id, id),
  check ((outcome = 'reported') = (report_id is not null)),
  check ((outcome = 'no-misuse') = (reason is not null)),
  check ((key_id is null) = (reason is null))
);
create index attempt_outcome_by_attempt on attempt_outcome (school_id, on_day, category, whose, until_at);
create index attempt_outcome_by_time on attempt_outcome (school_id, at desc);
create unique index attempt_outcome_by_report on attempt_outcome (school_id, report_id) where report_id is not null;
select protect('attempt_outcome', 'select, insert');
