-- What the detector makes of a report's words, and who is paged about one that cannot wait. A reading only ever raises a report:
-- one that found nothing, or that nobody made, leaves it where its own clock puts it.

-- the gravest reading, 0 where nothing was found; null where nothing was read
alter table report add column severity integer check (severity between 0 and 5);
-- since when somebody is paged: it came with words that may not wait, somebody is in danger, or its reporter wrote such words later
alter table report add column urgent_at timestamptz;
-- the last time that somebody who receives its words opened it while it was urgent
alter table report add column seen_at timestamptz;
alter table report add column seen_by uuid;
create index report_urgent on report (school_id, urgent_at) where urgent_at is not null and (seen_at is null or seen_at < urgent_at);

create table report_reading (
  school_id text not null,
  id uuid not null,
  report_id uuid not null,
  -- the report's own words, a message that came with it, or what its reporter wrote later
  text_of text not null check (text_of in ('words', 'message', 'thread')),
  thread_id uuid,
  at timestamptz not null,
  severity integer not null check (severity between 0 and 5),
  -- concerns, spans, rules, detector and why, sealed under the report's key
  content bytea not null,
  primary key (school_id, id),
  foreign key (school_id, report_id) references report (school_id, id),
  check ((text_of = 'thread') = (thread_id is not null))
);
create index report_reading_by_report on report_reading (school_id, report_id, at);
select protect('report_reading', 'select, insert');

-- Who was paged about a report, round by round and rung by rung, and who opened it then.
create table report_page (
  school_id text not null,
  report_id uuid not null,
  round integer not null,
  rung integer not null,
  person_id uuid not null,
  at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  primary key (school_id, report_id, round, rung, person_id),
  foreign key (school_id, report_id) references report (school_id, id)
);
create index report_page_by_time on report_page (school_id, at desc);
select protect('report_page', 'select, insert, update');

-- A page is about a flag or about a report.
alter table paging_message add column report_id uuid;
alter table paging_message drop constraint paging_message_check;
alter table paging_message add constraint paging_message_check check (num_nonnulls(thread_id, report_id) = (kind = 'page')::integer);
create index paging_message_by_report on paging_message (school_id, report_id) where report_id is not null;
