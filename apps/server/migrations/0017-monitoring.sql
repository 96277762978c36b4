-- Monitoring: what the software thinks deserves a look, and who decided about it. Nothing is here that was not flagged.

-- Flags of one person (or, where nobody was known, one device) about one concern, looked at together.
create table flag_thread (
  school_id text not null,
  id uuid not null,
  -- null where nobody was known
  person_id uuid,
  -- where nobody was known: the device or the place, so that its flags are looked at together
  whose text not null,
  concern text not null,
  -- whose eyes it is for: flags about staff never reach colleagues
  audience text not null check (audience in ('safeguarding', 'headteacher', 'chair')),
  opened_at timestamptz not null,
  last_at timestamptz not null,
  count integer not null,
  -- London days on which there was one
  days integer not null,
  severity integer not null check (severity between 1 and 5),
  state text not null check (state in ('waiting', 'watch', 'real', 'not-a-concern')),
  -- lesson, name, joke, quotation or other
  why_not text,
  decided_by uuid,
  decided_at timestamptz,
  -- when somebody first opened it
  seen_at timestamptz,
  seen_by uuid,
  case_id uuid,
  key_id uuid not null,
  -- what the person who decided wrote, sealed
  note bytea,
  erased_at timestamptz,
  primary key (school_id, id),
  check ((state in ('real', 'not-a-concern')) = (decided_at is not null))
);
create index flag_thread_waiting on flag_thread (school_id, severity desc, opened_at) where state in ('waiting', 'watch');
create index flag_thread_by_whose on flag_thread (school_id, whose, concern, last_at desc);
create index flag_thread_by_time on flag_thread (school_id, opened_at desc);
create index flag_thread_to_erase on flag_thread (school_id, decided_at) where state = 'not-a-concern' and erased_at is null;
select protect('flag_thread', 'select, insert, update');

create table flag (
  school_id text not null,
  id uuid not null,
  thread_id uuid not null,
  -- the sender's own id: the same flag sent twice is one
  sender text not null,
  sender_id text not null,
  source text not null check (source in ('extension', 'activity', 'report')),
  -- typed, search, message, prompt, answer, title or read
  kind text not null,
  at timestamptz not null,
  received_at timestamptz not null,
  severity integer not null check (severity between 1 and 5),
  -- [{name, score}] and ids of the rules that spoke
  concerns jsonb not null,
  rules text[] not null,
  detector text not null,
  host text not null,
  -- the words with their surroundings, and what the detector said of them, sealed under the thread's key
  content bytea,
  primary key (school_id, id),
  foreign key (school_id, thread_id) references flag_thread (school_id, id)
);
create unique index flag_once on flag (school_id, sender, sender_id);
create index flag_by_thread on flag (school_id, thread_id, at);
create index flag_by_sender on flag (school_id, sender, received_at);
select protect('flag', 'select, insert, update');

-- Who was paged about a thread, rung by rung, and who said that they have it.
create table flag_page (
  school_id text not null,
  thread_id uuid not null,
  rung integer not null,
  person_id uuid not null,
  at timestamptz not null,
  acknowledged_at timestamptz,
  primary key (school_id, thread_id, rung, person_id),
  foreign key (school_id, thread_id) references flag_thread (school_id, id)
);
create index flag_page_open on flag_page (school_id, at) where acknowledged_at is null;
select protect('flag_page', 'select, insert, update');

-- The paperwork without which no group is monitored: an impact assessment that covers it, advised on by the data protection
-- officer, approved by the headteacher, and a notice to the people concerned.
create table monitoring_scope (
  school_id text not null,
  id uuid not null,
  request_id uuid not null,
  groups text[] not null,
  state text not null check (state in ('waiting', 'approved', 'in-force', 'refused', 'ended')),
  review_on date not null,
  advised_by uuid,
  advised_at timestamptz,
  advice text,
  approved_at timestamptz,
  -- how the people concerned were told, who says so, and when
  notice text,
  noticed_by uuid,
  noticed_at timestamptz,
  ended_at timestamptz,
  ended_by uuid,
  primary key (school_id, id),
  foreign key (school_id, request_id) references request (school_id, id),
  check ((state = 'in-force') <= (noticed_at is not null and approved_at is not null and advised_at is not null))
);
create index monitoring_scope_live on monitoring_scope (school_id) where state in ('waiting', 'approved', 'in-force');
select protect('monitoring_scope', 'select, insert, update');

-- A week's report on monitoring, signed by somebody who read it.
create table monitoring_week (
  school_id text not null,
  -- its Monday
  week date not null,
  signed_by uuid not null,
  signed_at timestamptz not null,
  -- SHA-256 over the figures that were shown
  digest text not null,
  note text not null,
  primary key (school_id, week, signed_at)
);
select protect('monitoring_week', 'select, insert');
