-- Instants are epoch milliseconds. JSON is text. What is pending and what is history live apart.

create table setting (
  name text primary key,
  value text not null
) without rowid;

create table application (
  seq integer primary key autoincrement,
  org_id text not null,
  id text not null unique,
  uid text,
  name text not null,
  throttle_rate integer,
  metadata text not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null,
  -- Grows with each change of the application's endpoints: what publishers' caches are checked against.
  routing_version integer not null default 1,
  deleted_at integer
);
create unique index application_uid on application (org_id, uid) where uid is not null;
create index application_by_org on application (org_id, seq) where deleted_at is null;
create index application_deleted on application (deleted_at) where deleted_at is not null;

create table application_token_expiry (
  app_id text not null,
  -- Empty for all sessions.
  session_id text not null,
  issued_before integer not null,
  -- Both are part of the key: an expiry that lies ahead must not revive what an earlier one voided.
  ends_at integer not null,
  primary key (app_id, session_id, issued_before, ends_at)
) without rowid;

create table endpoint (
  seq integer primary key autoincrement,
  app_id text not null,
  id text not null unique,
  uid text,
  url text not null,
  description text not null,
  disabled_reason text,
  event_types text,
  channels text,
  metadata text not null,
  throttle_rate integer,
  retry_schedule_ms text,
  success_rule text,
  sealed_secrets text not null,
  sealed_headers text,
  created_at integer not null,
  updated_at integer not null,
  failing_since integer,
  version integer not null,
  deleted_at integer
);
create unique index endpoint_uid on endpoint (app_id, uid) where uid is not null;
create index endpoint_by_app on endpoint (app_id, seq) where deleted_at is null;
create index endpoint_deleted on endpoint (deleted_at) where deleted_at is not null;

create table event_type (
  org_id text not null,
  name text not null,
  description text not null,
  archived integer not null,
  deprecated integer not null,
  schemas text,
  group_name text,
  feature_flags text,
  retry_schedule_ms text,
  created_at integer not null,
  updated_at integer not null,
  version integer not null,
  primary key (org_id, name)
) without rowid;

-- History: appended, and dropped by age. The writer counts the sequence itself, so that no statement reads it back.
create table message (
  seq integer primary key,
  app_id text not null,
  id text not null,
  event_type text not null,
  event_id text,
  channels text,
  tags text,
  content_type text not null,
  created_at integer not null,
  deliver_at integer,
  -- Set where the message was for one endpoint alone, whatever others subscribe to.
  only_endpoint_id text,
  payload_expires_at integer not null,
  payload text
);
create unique index message_id on message (app_id, id);
-- Every index ends with the row's sequence by itself.
create index message_by_app on message (app_id);

create table event_id (
  app_id text not null,
  event_id text not null,
  message_seq integer not null,
  expires_at integer not null,
  primary key (app_id, event_id)
) without rowid;

create table attempt (
  seq integer primary key,
  app_id text not null,
  message_seq integer not null,
  endpoint_id text not null,
  id text not null,
  url text not null,
  trigger integer not null,
  status integer not null,
  response_status integer not null,
  response_body text not null,
  duration_ms integer not null,
  started_at integer not null
);
create index attempt_by_endpoint on attempt (app_id, endpoint_id);
create index attempt_by_message on attempt (app_id, message_seq);

-- Attempts by hour, for statistics that never scan the history.
create table attempt_count (
  app_id text not null,
  endpoint_id text not null,
  hour_at integer not null,
  event_type text not null,
  success integer not null default 0,
  fail integer not null default 0,
  canceled integer not null default 0,
  primary key (app_id, endpoint_id, hour_at, event_type)
) without rowid;

-- The pending set. A delivery that ends leaves it. `leased` is 1 while the process has it in hand: such rows are in
-- no index but the key, so that a message that is delivered at once costs one insertion and one deletion.
create table delivery (
  app_id text not null,
  message_seq integer not null,
  endpoint_id text not null,
  trigger integer not null,
  due_at integer not null,
  attempt_count integer not null,
  interruptions integer not null,
  leased integer not null,
  primary key (app_id, message_seq, endpoint_id, trigger)
) without rowid;
create index delivery_due on delivery (app_id, endpoint_id, due_at) where leased = 0 and interruptions <= 2;
-- Suspects: in hand at so many deaths in a row that they are sent one at a time.
create index delivery_suspect on delivery (due_at) where leased = 0 and interruptions > 2;

-- Endpoints of one message that are yet to get their delivery: a range of sequences, or several of them.
create table fanout (
  seq integer primary key,
  message_seq integer not null,
  app_id text not null,
  after_endpoint_seq integer not null,
  last_endpoint_seq integer not null
);
create index fanout_by_message on fanout (app_id, message_seq);

-- Appended, and dropped from the front as they expire.
create table idempotency_key (
  seq integer primary key,
  key text not null,
  request_hash text not null,
  subject text not null,
  expires_at integer not null
);

-- Keys that are found on disk: many each, up to a sequence. The filter tells which keys are not among them.
create table idempotency_run (
  number integer primary key,
  last_seq integer not null,
  filter blob not null
);

-- Each run's keys, by parts of their hashes: pairs of 64-bit floats, hash and sequence.
create table idempotency_bucket (
  place integer primary key,
  entries blob not null
);

create table background_task (
  seq integer primary key autoincrement,
  org_id text not null,
  app_id text,
  id text not null unique,
  kind text not null,
  input text not null,
  status text not null,
  data text not null,
  cursor integer not null,
  created_at integer not null,
  updated_at integer not null
);
create index background_task_by_org on background_task (org_id, seq);
create index background_task_running on background_task (status) where status = 'running';
create index message_expiry on message (payload_expires_at) where payload is not null;
create index event_id_expiry on event_id (expires_at);
