-- Managed devices with the extension on them: each has a key of its own, which can be taken back.

create table device (
  school_id text not null,
  id uuid not null,
  name text not null,
  -- a place of the filter, or '' where none is set
  place text not null,
  -- SHA-256 of its key, in hex; the key itself is shown once and kept nowhere
  key_digest text not null,
  made_at timestamptz not null,
  made_by uuid not null,
  revoked_at timestamptz,
  revoked_by uuid,
  -- its last sign of life, and what it said of itself
  seen_at timestamptz,
  version text,
  -- who used it last, as the device says; null where that is nobody at this school
  user_id uuid,
  -- whether it said that somebody unknown uses it
  user_unknown boolean not null default false,
  -- when its silence was raised; null while it speaks
  silent_since timestamptz,
  primary key (school_id, id)
);
create unique index device_by_key on device (school_id, key_digest);
create index device_live on device (school_id, seen_at) where revoked_at is null;
select protect('device', 'select, insert, update');
