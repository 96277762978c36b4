-- Paging by other ways than mail: where pages go, whose numbers they go to, each page, and each attempt to send it.

-- A way that pages go, as the school set it up. It is never altered: another is added, and this one ended.
create table paging_channel (
  school_id text not null,
  id uuid not null,
  kind text not null check (kind in ('webhook', 'sms')),
  name text not null,
  -- what people are shown of its address, which may hold a secret itself
  host text not null,
  -- the address, and of an SMS gateway its token and how it wants to be asked, sealed under its own key
  key_id uuid not null,
  settings bytea not null,
  added_at timestamptz not null,
  added_by uuid not null,
  reason text not null,
  -- when somebody confirmed that a test arrived; pages go by it from then on
  proven_at timestamptz,
  proven_by uuid,
  -- since when nothing goes through; null while it works
  failing_since timestamptz,
  ended_at timestamptz,
  ended_by uuid,
  end_reason text,
  primary key (school_id, id),
  check ((proven_at is null) = (proven_by is null)),
  check ((ended_at is null) = (ended_by is null))
);
create index paging_channel_live on paging_channel (school_id) where ended_at is null;
select protect('paging_channel', 'select, insert, update');

-- The number by which one person is paged, which they give themselves.
create table paging_number (
  school_id text not null,
  person_id uuid not null,
  key_id uuid not null,
  number bytea not null,
  set_at timestamptz not null,
  -- when the person typed the code that was sent to it
  confirmed_at timestamptz,
  primary key (school_id, person_id)
);
select protect('paging_number');

-- One message by one channel. Its id goes with it, so that whoever gets it twice can tell.
create table paging_message (
  school_id text not null,
  id uuid not null,
  channel_id uuid not null,
  kind text not null check (kind in ('page', 'test')),
  -- the flag; null of a test
  thread_id uuid,
  -- which step of the ladder; 0 of a test
  rung integer not null,
  -- to whom; null where it is to whoever watches the other end
  person_id uuid,
  made_at timestamptz not null,
  state text not null check (state in ('waiting', 'sent', 'given-up', 'not-needed')),
  attempts integer not null default 0,
  next_at timestamptz not null,
  ended_at timestamptz,
  -- of a test: how often a wrong code was typed
  wrong_codes integer not null default 0,
  primary key (school_id, id),
  foreign key (school_id, channel_id) references paging_channel (school_id, id),
  check ((kind = 'page') = (thread_id is not null)),
  check ((state = 'waiting') = (ended_at is null))
);
create index paging_message_due on paging_message (school_id, next_at) where state = 'waiting';
create index paging_message_by_time on paging_message (school_id, made_at desc);
create index paging_message_by_channel on paging_message (school_id, channel_id, made_at desc);
create index paging_message_by_thread on paging_message (school_id, thread_id) where thread_id is not null;
select protect('paging_message');

-- Each attempt to send one, written down before it is made; one without an end was cut off by the program's own.
create table paging_attempt (
  school_id text not null,
  message_id uuid not null,
  number integer not null,
  began_at timestamptz not null,
  ended_at timestamptz,
  ok boolean,
  -- what came of it, without an address or anything that the other end wrote
  outcome text,
  primary key (school_id, message_id, number),
  foreign key (school_id, message_id) references paging_message (school_id, id) on delete cascade
);
select protect('paging_attempt');

-- A thread that was answered is paged about anew when something as grave is added to it: each time is a round of its own.
alter table flag_page add column round integer not null default 1;
-- who opened it, or decided about it: the one who was paged, or another whose eyes it is for
alter table flag_page add column acknowledged_by uuid;
alter table flag_page drop constraint flag_page_pkey;
alter table flag_page add primary key (school_id, thread_id, round, rung, person_id);
