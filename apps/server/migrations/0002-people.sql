-- People, what they hold from one day to another, the groups they are in, and how they sign in.
-- One person may be parent, teacher and governor at once: roles are appointments, not a column.

create table person (
  school_id text not null,
  id uuid not null,
  given_name text not null,
  family_name text not null,
  -- the roster's own identifier (OneRoster sourcedId) where there is one
  external_id text,
  email text,
  date_of_birth date,
  joined_on date not null,
  left_on date,
  created_at timestamptz not null,
  primary key (school_id, id)
);
create unique index person_external on person (school_id, external_id) where external_id is not null;
create index person_by_name on person (school_id, family_name, given_name);
select protect('person', 'select, insert, update');

-- A role held from one instant to another (half-open); to_at null while it lasts. The duty register is this table, read for
-- the roles that carry duties. The deputy acts while the holder is away, suspended or gone.
create table appointment (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  role text not null,
  from_at timestamptz not null,
  to_at timestamptz,
  deputy_id uuid,
  primary key (school_id, id),
  foreign key (school_id, person_id) references person (school_id, id),
  foreign key (school_id, deputy_id) references person (school_id, id),
  check (to_at is null or to_at >= from_at),
  check (deputy_id is null or deputy_id <> person_id)
);
create index appointment_by_person on appointment (school_id, person_id);
create index appointment_by_role on appointment (school_id, role);
select protect('appointment', 'select, insert, update');

create table absence (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  primary key (school_id, id),
  foreign key (school_id, person_id) references person (school_id, id),
  check (to_at > from_at)
);
create index absence_by_person on absence (school_id, person_id);
select protect('absence');

-- Filter groups (infants, juniors, staff …), years and classes.
create table people_group (
  school_id text not null,
  id text not null,
  kind text not null check (kind in ('filter', 'year', 'class')),
  name text not null,
  primary key (school_id, id)
);
select protect('people_group');

create table membership (
  school_id text not null,
  group_id text not null,
  person_id uuid not null,
  from_at timestamptz not null,
  to_at timestamptz,
  -- a class's teacher is a member too, as teacher
  part text not null default 'member' check (part in ('member', 'teacher')),
  primary key (school_id, group_id, person_id, from_at),
  foreign key (school_id, group_id) references people_group (school_id, id),
  foreign key (school_id, person_id) references person (school_id, id)
);
create index membership_by_person on membership (school_id, person_id);
select protect('membership');

-- Parent of, and other ties between people.
create table relation (
  school_id text not null,
  adult_id uuid not null,
  child_id uuid not null,
  kind text not null default 'parent',
  no_contact boolean not null default false,
  primary key (school_id, adult_id, child_id),
  foreign key (school_id, adult_id) references person (school_id, id),
  foreign key (school_id, child_id) references person (school_id, id)
);
create index relation_by_child on relation (school_id, child_id);
select protect('relation');

-- A person may have several accounts; whatever needs two people counts people, never accounts.
create table account (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  username text not null check (username = lower(username) and length(username) between 1 and 64),
  password_hash text,
  must_change boolean not null default false,
  failed_count integer not null default 0,
  first_failed_at timestamptz,
  locked_until timestamptz,
  suspended_at timestamptz,
  -- the filtering proxy's own password: never the sign-in one
  proxy_hash text,
  password_set_at timestamptz,
  created_at timestamptz not null,
  primary key (school_id, id),
  foreign key (school_id, person_id) references person (school_id, id)
);
create unique index account_by_username on account (school_id, username);
create index account_by_person on account (school_id, person_id);
select protect('account', 'select, insert, update');

create table session (
  school_id text not null,
  token_hash bytea not null,
  person_id uuid not null,
  account_id uuid not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  previous_seen_at timestamptz,
  ends_at timestamptz not null,
  primary key (school_id, token_hash)
);
create index session_by_person on session (school_id, person_id);
select protect('session');
