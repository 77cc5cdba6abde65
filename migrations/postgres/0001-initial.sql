-- Instants are epoch milliseconds but for leases. JSON is text. What is pending and what is history live apart.
-- Texts compare by their bytes: ids, cursors and names sort alike in every database, and faster.

create schema posthorn;

create table posthorn.schema_version (
  version integer not null
);
insert into posthorn.schema_version (version) values (0);

create table posthorn.setting (
  name text collate "C" primary key,
  value text not null
);

-- A running process. Its death is the deletion of its row, which whatever it writes holds for key share: renewing the
-- lease changes no key column and waits for nobody.
create table posthorn.node (
  number integer generated always as identity primary key,
  name text not null,
  -- Where it hears what it is handed. A secret: whoever knew it could have the node send anything.
  channel text not null,
  -- Whether it may own lanes.
  dispatches boolean not null,
  started_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);

-- Numbers of nodes that were declared dead, and whose deliveries in hand are yet to be taken over.
create table posthorn.dead_node (
  number integer primary key
);

-- Who sends to an endpoint. A lane without a row, or without an owner, is nobody's.
create table posthorn.lane (
  app_id text collate "C" not null,
  endpoint_id text collate "C" not null,
  owner integer,
  primary key (app_id, endpoint_id)
) with (fillfactor = 80);
create index lane_owner on posthorn.lane (owner);

create table posthorn.application (
  seq bigint generated always as identity primary key,
  org_id text collate "C" not null,
  id text collate "C" not null unique,
  uid text collate "C",
  name text not null,
  throttle_rate integer,
  metadata text not null,
  created_at bigint not null,
  updated_at bigint not null,
  version integer not null,
  -- Grows with each change of the application's endpoints: what publishers' caches are checked against.
  routing_version integer not null default 1,
  deleted_at bigint
);
create unique index application_uid on posthorn.application (org_id, uid) where uid is not null;
create index application_by_org on posthorn.application (org_id, seq) where deleted_at is null;
create index application_deleted on posthorn.application (deleted_at) where deleted_at is not null;

-- Messages that may still be published to an application with a limit: one bucket for all nodes.
create table posthorn.application_throttle (
  app_id text collate "C" primary key,
  tokens double precision not null,
  refilled_at bigint not null
);

create table posthorn.application_token_expiry (
  app_id text collate "C" not null,
  -- Empty for all sessions.
  session_id text collate "C" not null,
  issued_before bigint not null,
  -- Both are part of the key: an expiry that lies ahead must not revive what an earlier one voided.
  ends_at bigint not null,
  primary key (app_id, session_id, issued_before, ends_at)
);

create table posthorn.endpoint (
  seq bigint generated always as identity primary key,
  app_id text collate "C" not null,
  id text collate "C" not null unique,
  uid text collate "C",
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
  created_at bigint not null,
  updated_at bigint not null,
  failing_since bigint,
  version integer not null,
  deleted_at bigint,
  -- Deliveries of messages created before this instant were canceled.
  canceled_before bigint,
  -- When the row was last changed in a way that the owner of its lane must hear of.
  changed_at timestamptz not null default clock_timestamp()
);
create unique index endpoint_uid on posthorn.endpoint (app_id, uid) where uid is not null;
create index endpoint_by_app on posthorn.endpoint (app_id, seq) where deleted_at is null;
create index endpoint_deleted on posthorn.endpoint (deleted_at) where deleted_at is not null;
create index endpoint_changed on posthorn.endpoint (changed_at);

create table posthorn.event_type (
  org_id text collate "C" not null,
  name text collate "C" not null,
  description text not null,
  archived smallint not null,
  deprecated smallint not null,
  schemas text,
  group_name text,
  feature_flags text,
  retry_schedule_ms text,
  created_at bigint not null,
  updated_at bigint not null,
  version integer not null,
  primary key (org_id, name)
);

-- History: appended, and dropped by age. Its sequences run through periods of 2^36 numbers, one partition each, so that
-- a number tells the partition and a partition tells the time.
create sequence posthorn.message_seq as bigint;
create sequence posthorn.attempt_seq as bigint;

create table posthorn.history_period (
  number integer primary key,
  began_at bigint not null
);
insert into posthorn.history_period (number, began_at)
  values (0, (extract(epoch from clock_timestamp()) * 1000)::bigint);

create table posthorn.message (
  app_id text collate "C" not null,
  seq bigint not null,
  id text collate "C" not null,
  event_type text collate "C" not null,
  event_id text collate "C",
  channels text,
  tags text,
  content_type text not null,
  created_at bigint not null,
  deliver_at bigint,
  -- Set where the message was for one endpoint alone, whatever others subscribe to.
  only_endpoint_id text collate "C",
  payload_expires_at bigint not null,
  payload bytea,
  primary key (app_id, seq)
) partition by range (seq);
create index message_id on posthorn.message (app_id, id);
create index message_expiry on posthorn.message (payload_expires_at) where payload is not null;
create table posthorn.message_0 partition of posthorn.message for values from (0) to (68719476736);

create table posthorn.event_id (
  app_id text collate "C" not null,
  event_id text collate "C" not null,
  message_seq bigint not null,
  expires_at bigint not null,
  primary key (app_id, event_id)
);
create index event_id_expiry on posthorn.event_id (expires_at);

create table posthorn.attempt (
  app_id text collate "C" not null,
  message_seq bigint not null,
  seq bigint not null,
  endpoint_id text collate "C" not null,
  id text collate "C" not null,
  url text not null,
  trigger smallint not null,
  status smallint not null,
  response_status integer not null,
  response_body text not null,
  duration_ms integer not null,
  started_at bigint not null,
  primary key (app_id, message_seq, seq)
) partition by range (seq);
create index attempt_by_endpoint on posthorn.attempt (app_id, endpoint_id, seq);
-- Those that failed or were canceled are looked for among many that did not.
create index attempt_unsuccessful on posthorn.attempt (app_id, endpoint_id, seq) where status <> 0;
create table posthorn.attempt_0 partition of posthorn.attempt for values from (0) to (68719476736);

-- Attempts by hour, for statistics that never scan the history.
create table posthorn.attempt_count (
  app_id text collate "C" not null,
  endpoint_id text collate "C" not null,
  hour_at bigint not null,
  event_type text collate "C" not null,
  success integer not null default 0,
  fail integer not null default 0,
  canceled integer not null default 0,
  primary key (app_id, endpoint_id, hour_at, event_type)
) with (fillfactor = 70);

-- The pending set. A delivery that ends leaves it. `leased_by` is the node that has it in hand: such rows are in no
-- index but the key, so that a message that is delivered at once costs one insertion and one deletion.
create table posthorn.delivery (
  app_id text collate "C" not null,
  message_seq bigint not null,
  endpoint_id text collate "C" not null,
  trigger smallint not null,
  due_at bigint not null,
  attempt_count integer not null,
  interruptions integer not null,
  leased_by integer,
  primary key (app_id, message_seq, endpoint_id, trigger)
) with (
  -- Rows come and go: what they leave behind is cleared often and without pauses.
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0.1,
  autovacuum_vacuum_cost_delay = 0
);
create index delivery_due on posthorn.delivery (app_id, endpoint_id, due_at, message_seq)
  where leased_by is null and interruptions <= 2;
-- Suspects: in hand at so many deaths in a row that they are sent one at a time.
create index delivery_suspect on posthorn.delivery (due_at) where leased_by is null and interruptions > 2;

-- Endpoints of one message that are yet to get their delivery: a range of sequences, or several of them.
create table posthorn.fanout (
  seq bigint generated always as identity primary key,
  message_seq bigint not null,
  app_id text collate "C" not null,
  after_endpoint_seq bigint not null,
  last_endpoint_seq bigint not null
);
create index fanout_by_message on posthorn.fanout (app_id, message_seq);

create table posthorn.idempotency_key (
  key text collate "C" primary key,
  request_hash text not null,
  subject text not null,
  expires_at bigint not null
);
create index idempotency_key_expiry on posthorn.idempotency_key (expires_at);

create table posthorn.background_task (
  seq bigint generated always as identity primary key,
  org_id text collate "C" not null,
  app_id text collate "C",
  id text collate "C" not null unique,
  kind text not null,
  input text not null,
  status text not null,
  data text not null,
  cursor bigint not null,
  created_at bigint not null,
  updated_at bigint not null
);
create index background_task_by_org on posthorn.background_task (org_id, seq);
create index background_task_running on posthorn.background_task (status) where status = 'running';
