-- The platform: schools, the ledger, record keys, sessions, spent forms, the outbox.
-- school_id leads every key (a school's rows stay together when distributed), and row-level security isolates schools
-- even where a query forgets to name one.

-- Row-level security, grants and policy for one table in one call; every later migration uses it.
create function protect(table_name text, privileges text default 'select, insert, update, delete') returns void
language plpgsql as $$
begin
  execute format('alter table %I enable row level security', table_name);
  execute format('alter table %I force row level security', table_name);
  execute format(
    'create policy school_isolation on %I using (school_id = nullif(current_setting(''app.school_id'', true), '''')) with check (school_id = nullif(current_setting(''app.school_id'', true), ''''))',
    table_name);
  execute format('grant %s on %I to gatehouse_app', privileges, table_name);
end $$;

create table school (
  id text primary key check (id ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
  name text not null check (length(name) between 1 and 120),
  nation text not null default 'england',
  kind text not null default 'maintained-primary',
  -- set when the row is made and never again: see the trigger
  sample boolean not null,
  idle_minutes integer not null default 10 check (idle_minutes between 1 and 240),
  settings jsonb not null default '{}',
  created_at timestamptz not null
);
create function sample_is_for_ever() returns trigger language plpgsql as $$
begin
  if new.sample is distinct from old.sample then raise exception 'school.sample is decided when a school is made and cannot be changed'; end if;
  return new;
end $$;
create trigger sample_is_for_ever before update on school for each row execute function sample_is_for_ever();
alter table school enable row level security;
alter table school force row level security;
create policy school_listed on school for select using (true);
create policy school_made on school for insert with check (id = nullif(current_setting('app.school_id', true), ''));
create policy school_changed on school for update using (id = nullif(current_setting('app.school_id', true), ''));
grant select, insert on school to gatehouse_app;
grant update (name, nation, kind, idle_minutes, settings) on school to gatehouse_app;

-- The ledger. Every column is in the hashed bytes (packages/ledger); rows are only ever added, by ledger_append.
create table ledger_entry (
  school_id text not null,
  seq bigint not null,
  at timestamptz not null,
  actor text not null,
  type text not null,
  subject text,
  detail text not null,
  prev text not null,
  hash text not null,
  primary key (school_id, seq)
);
create index ledger_entry_by_type on ledger_entry (school_id, type, seq);
create index ledger_entry_by_subject on ledger_entry (school_id, subject, seq) where subject is not null;
select protect('ledger_entry', 'select');

create table ledger_head (
  school_id text primary key,
  seq bigint not null,
  hash text not null
);
select protect('ledger_head', 'select');

create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only';
end $$;
create trigger ledger_is_append_only before update or delete on ledger_entry for each row execute function ledger_is_append_only();
create trigger ledger_is_never_truncated before truncate on ledger_entry for each statement execute function ledger_is_append_only();

-- Chains entries to the school's ledger. Called as the last statement of a transaction: the lock on the head is held only
-- from here to the commit. `before`, `middle` and `after` are the canonical JSON around the previous hash and the number,
-- so the hash is made here, where both are known. Returns the new head.
create function ledger_append(
  p_school text, p_at timestamptz[], p_actor text[], p_type text[], p_subject text[], p_detail text[],
  p_before text[], p_middle text, p_after text[]
) returns table (seq bigint, hash text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  head_seq bigint;
  head_hash text;
  i integer;
  body text;
  previous text;
begin
  if p_school is distinct from nullif(current_setting('app.school_id', true), '') then
    raise exception 'ledger_append: not the school of this transaction';
  end if;
  select h.seq, h.hash into head_seq, head_hash from ledger_head h where h.school_id = p_school for update;
  if not found then
    insert into ledger_head values (p_school, 0, repeat('0', 64)) on conflict do nothing;
    select h.seq, h.hash into head_seq, head_hash from ledger_head h where h.school_id = p_school for update;
  end if;
  for i in 1 .. array_length(p_type, 1) loop
    previous := head_hash;
    head_seq := head_seq + 1;
    body := p_before[i] || previous || p_middle || head_seq || p_after[i];
    head_hash := encode(sha256(convert_to(body, 'UTF8')), 'hex');
    insert into ledger_entry values
      (p_school, head_seq, p_at[i], p_actor[i], p_type[i], p_subject[i], p_detail[i], previous, head_hash);
  end loop;
  update ledger_head h set seq = head_seq, hash = head_hash where h.school_id = p_school;
  return query select head_seq, head_hash;
end $$;
revoke all on function ledger_append from public;
grant execute on function ledger_append to gatehouse_app;

-- Signed checkpoints (C2SP tlog-checkpoint): the note as signed, and the compact tree so that the next one is cheap.
create table ledger_checkpoint (
  school_id text not null,
  size bigint not null,
  at timestamptz not null,
  note text not null,
  frontier text not null,
  primary key (school_id, size)
);
select protect('ledger_checkpoint', 'select, insert');

-- One key a record: what a child said is encrypted under it, so destroying the key erases the record wherever a copy stands.
create table record_key (
  school_id text not null,
  id uuid not null,
  wrapped bytea,
  made_at timestamptz not null,
  erased_at timestamptz,
  primary key (school_id, id),
  check ((wrapped is null) = (erased_at is not null))
);
select protect('record_key');

-- A form that was sent: a second post of the same form changes nothing.
create table spent_form (
  school_id text not null,
  token text not null,
  at timestamptz not null,
  primary key (school_id, token)
);
select protect('spent_form');

-- What somebody proposed and somebody else decides: one mechanism for filter changes, closing serious cases, lowering
-- seriousness, policy adoption and passes.
create table request (
  school_id text not null,
  id uuid not null,
  kind text not null,
  subject text not null,
  payload text not null,
  digest text not null,
  reason text not null,
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'refused', 'withdrawn')),
  decided_by uuid,
  decided_at timestamptz,
  decision_reason text,
  primary key (school_id, id),
  check (decided_by is null or state = 'withdrawn' or decided_by <> proposed_by)
);
create index request_waiting on request (school_id, state, kind);
create index request_by_subject on request (school_id, subject);
select protect('request');

-- Messages. Nothing about a child stands in one: "something needs you", and a link.
create table outbox (
  school_id text not null,
  id uuid not null,
  person_id uuid not null,
  kind text not null,
  link text not null,
  made_at timestamptz not null,
  read_at timestamptz,
  sent_at timestamptz,
  attempts integer not null default 0,
  failure text,
  primary key (school_id, id)
);
create index outbox_by_person on outbox (school_id, person_id, made_at);
create index outbox_unsent on outbox (school_id, made_at) where sent_at is null;
select protect('outbox');
