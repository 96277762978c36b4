-- The web log: one row a decision, one partition a day (UTC), so that a day is found, sealed or dropped as a whole.

create table activity (
  school_id text not null,
  at timestamptz not null,
  id uuid not null,
  -- null where nobody was known (imported logs)
  person_id uuid,
  groups text[] not null,
  kind text not null,
  method text not null,
  host text not null,
  -- without the query, which may hold what a person typed
  path text not null,
  category text not null,
  verdict text not null check (verdict in ('allow', 'warn', 'block')),
  rule text not null,
  continued boolean not null,
  primary key (school_id, at, id)
) partition by range (at);
create index activity_by_person on activity (school_id, person_id, at);
create index activity_noteworthy on activity (school_id, at) where verdict <> 'allow';
-- what is serious is rare among what is blocked
create index activity_by_category on activity (school_id, category, at) where verdict <> 'allow';
select protect('activity', 'select, insert, delete');

-- The application owns no table, so these two make and drop the days for it.
create function activity_make_day(p_day date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  name text := 'activity_' || to_char(p_day, 'YYYYMMDD');
begin
  if to_regclass('public.' || name) is not null then return; end if;
  -- two writers of one new day: the second waits here and finds it made
  perform pg_advisory_xact_lock(7283020);
  if to_regclass('public.' || name) is not null then return; end if;
  execute format('create table %I partition of activity for values from (%L) to (%L)',
    name, p_day::text || ' 00:00+00', (p_day + 1)::text || ' 00:00+00');
end $$;
revoke all on function activity_make_day from public;
grant execute on function activity_make_day to gatehouse_app;

-- Drops days that hold no row of any school any more. Never drops a row.
create function activity_drop_empty_days(p_before date) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  part record;
  used boolean;
  dropped integer := 0;
begin
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'activity'::regclass and c.relname ~ '^activity_[0-9]{8}$'
      and c.relname < 'activity_' || to_char(p_before, 'YYYYMMDD')
  loop
    execute format('lock table %I in access exclusive mode', part.relname);
    execute format('select exists (select from %I)', part.relname) into used;
    if not used then
      execute format('drop table %I', part.relname);
      dropped := dropped + 1;
    end if;
  end loop;
  return dropped;
end $$;
revoke all on function activity_drop_empty_days from public;
grant execute on function activity_drop_empty_days to gatehouse_app;

-- What a gateway sent, or a file held: counted once, however often it is sent.
create table activity_segment (
  school_id text not null,
  id text not null,
  received_at timestamptz not null,
  source text not null check (source in ('gateway', 'import')),
  first_at timestamptz,
  last_at timestamptz,
  lines integer not null,
  stored integer not null,
  rejected integer not null,
  -- lines of the filter's own probes: proof that what is asked for arrives here
  probes integer not null,
  last_probe_at timestamptz,
  digest text not null,
  primary key (school_id, id)
);
create index activity_segment_by_time on activity_segment (school_id, received_at desc);
create index activity_segment_probes on activity_segment (school_id, last_probe_at desc) where probes > 0;
select protect('activity_segment', 'select, insert');

-- Who looked at a named person's log, why, and until when it stays open to them.
create table activity_look (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  by_id uuid not null,
  reason text not null,
  at timestamptz not null,
  until timestamptz not null,
  primary key (school_id, id)
);
create index activity_look_by_time on activity_look (school_id, at desc);
select protect('activity_look', 'select, insert');
