-- Whether its user was monitored when it last spoke, and how its detector did on the texts that every device is tried on.
alter table device add column monitored boolean not null default false;
alter table device add column checked_at timestamptz;
alter table device add column check_detector text;
-- ids of the texts that it got wrong
alter table device add column check_missed text[] not null default '{}';
