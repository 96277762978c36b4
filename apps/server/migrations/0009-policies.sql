-- Policies: their versions and words, signatures, comments, what called for an early review, the papers they lean on,
-- clauses set aside, and how each clause's status moved.

create table policy_version (
  school_id text not null,
  id uuid not null,
  policy text not null check (policy in ('A', 'B')),
  number integer not null check (number > 0),
  state text not null check (state in ('draft', 'consultation', 'proposed', 'approved', 'published', 'superseded', 'abandoned')),
  title text not null,
  reference text not null,
  -- why the review was opened: paper is a version that was adopted before Gatehouse
  reason text not null check (reason in ('paper', 'yearly', 'early')),
  opened_by uuid,
  opened_at timestamptz not null,
  -- what the review found; nothing is proposed without it
  findings text,
  consulted_from timestamptz,
  consulted_to timestamptz,
  comments_until date,
  proposed_by uuid,
  -- whether the proposer held the headteacher's role at that moment
  proposed_by_headteacher boolean,
  proposed_at timestamptz,
  request_id uuid,
  approved_by uuid,
  approved_at timestamptz,
  meeting_on date,
  minute_reference text,
  present integer,
  in_office integer,
  last_reviewed date,
  next_review date,
  -- printed policies give months and no days
  date_precision text not null default 'day' check (date_precision in ('day', 'month')),
  -- SHA-256 of the issued text, set at approval (or import) and never again
  digest text,
  published_by uuid,
  published_at timestamptz,
  superseded_at timestamptz,
  primary key (school_id, id),
  unique (school_id, policy, number),
  -- nobody brings a quorum of fewer than half of those in office (SI 2013/1624 reg 14)
  check (present is null or present * 2 >= in_office),
  check (state not in ('approved', 'published', 'superseded') or (digest is not null and last_reviewed is not null and next_review is not null)),
  check (reason = 'paper' or state in ('draft', 'consultation', 'abandoned') or findings is not null)
);
-- Two live versions of one policy, or two in preparation, cannot exist.
create unique index policy_version_live on policy_version (school_id, policy) where state = 'published';
create unique index policy_version_in_preparation on policy_version (school_id, policy) where state in ('draft', 'consultation', 'proposed', 'approved');
select protect('policy_version', 'select, insert, update');

create table policy_clause (
  school_id text not null,
  version_id uuid not null,
  clause_id text not null,
  position integer not null,
  section text not null,
  words text not null check (length(words) between 1 and 1000),
  -- from when these words hold; null while the version that brings them is not published
  since timestamptz,
  primary key (school_id, version_id, clause_id),
  foreign key (school_id, version_id) references policy_version (school_id, id)
);
select protect('policy_clause', 'select, insert, update');

-- Once a version has its digest, its words, header and dates stay: a review date moves only with a new version.
create function approved_policy_stays() returns trigger language plpgsql as $$
begin
  if old.digest is not null and (new.policy, new.number, new.title, new.reference, new.last_reviewed, new.next_review, new.date_precision, new.digest)
    is distinct from (old.policy, old.number, old.title, old.reference, old.last_reviewed, old.next_review, old.date_precision, old.digest) then
    raise exception 'an approved version of a policy is never altered: open a review for a new one';
  end if;
  return new;
end $$;
create trigger approved_policy_stays before update on policy_version for each row execute function approved_policy_stays();

create function approved_words_stay() returns trigger language plpgsql as $$
begin
  if (new.clause_id, new.position, new.section, new.words) is distinct from (old.clause_id, old.position, old.section, old.words)
    and exists (select from policy_version v where v.school_id = old.school_id and v.id = old.version_id and v.digest is not null) then
    raise exception 'the words of an approved version of a policy are never altered: open a review for a new one';
  end if;
  return new;
end $$;
create trigger approved_words_stay before update on policy_clause for each row execute function approved_words_stay();

create table policy_signature (
  school_id text not null,
  version_id uuid not null,
  part text not null check (part in ('headteacher', 'governor')),
  person_id uuid not null,
  -- as written under the document
  name text not null,
  job_title text not null,
  -- of the issued text that was signed
  digest text not null,
  signed_at timestamptz not null,
  primary key (school_id, version_id, part),
  unique (school_id, version_id, person_id),
  foreign key (school_id, version_id) references policy_version (school_id, id)
);
select protect('policy_signature', 'select, insert');

create table policy_comment (
  school_id text not null,
  id uuid not null,
  version_id uuid not null,
  clause_id text,
  person_id uuid not null,
  words text not null,
  made_at timestamptz not null,
  primary key (school_id, id),
  foreign key (school_id, version_id) references policy_version (school_id, id)
);
create index policy_comment_by_version on policy_comment (school_id, version_id, made_at);
select protect('policy_comment', 'select, insert');

-- What called for an early review: a serious incident, a change of law, a new technology, a fresh threat.
create table policy_trigger (
  school_id text not null,
  id uuid not null,
  policy text not null check (policy in ('A', 'B')),
  kind text not null check (kind in ('incident', 'law', 'technology', 'threat')),
  summary text not null,
  -- the record behind it, such as case:0190…
  reference text,
  happened_on date not null,
  raised_by uuid,
  raised_at timestamptz not null,
  due_at timestamptz not null,
  -- the version whose publication settled it
  version_id uuid,
  settled_at timestamptz,
  primary key (school_id, id),
  check ((version_id is null) = (settled_at is null))
);
create index policy_trigger_by_policy on policy_trigger (school_id, policy, raised_at);
select protect('policy_trigger', 'select, insert, update');

-- The papers that the policies name, as far as the school has recorded them.
create table policy_document (
  school_id text not null,
  document_id text not null,
  version text not null,
  approved_on date not null,
  next_review date,
  place text not null,
  checked_by uuid not null,
  checked_at timestamptz not null,
  primary key (school_id, document_id)
);
select protect('policy_document', 'select, insert, update');

-- A clause that does not apply here for a time: the headteacher's reason, decided by a second person.
create table clause_set_aside (
  school_id text not null,
  clause_id text not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  reason text not null,
  request_id uuid not null,
  ended_at timestamptz,
  primary key (school_id, clause_id, from_at),
  check (until_at > from_at and until_at <= from_at + interval '366 days')
);
select protect('clause_set_aside', 'select, insert, update');

-- Each move of a clause's status, with the ledger entry clause.moved beside it.
create table clause_status (
  school_id text not null,
  clause_id text not null,
  -- counted, because a clock that steps back must not make an old move the last one
  number integer not null,
  at timestamptz not null,
  status text not null,
  evidence text not null,
  control_id text,
  primary key (school_id, clause_id, number)
);
select protect('clause_status', 'select, insert');
