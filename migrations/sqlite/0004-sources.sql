-- What was taken in from elsewhere: headers to pass on, and how the payload is encoded. Null where it was published.
alter table message add column received text;

-- A source's row outlives it for a while, so that whoever still sends to its URL can be told.
create table source (
  seq integer primary key autoincrement,
  org_id text not null,
  id text not null unique,
  uid text,
  name text not null,
  type text not null,
  app_id text not null,
  metadata text not null,
  sealed_config text not null,
  sealed_token text not null,
  token_hash text not null unique,
  created_at integer not null,
  updated_at integer not null,
  version integer not null,
  deleted_at integer
);
create unique index source_uid on source (org_id, uid) where uid is not null;
create index source_by_org on source (org_id, seq) where deleted_at is null;
create index source_deleted on source (deleted_at) where deleted_at is not null;

-- Requests to sources that were not taken in: the newest of each.
create table rejection (
  seq integer primary key autoincrement,
  source_id text not null,
  id text not null,
  status integer not null,
  reason text not null,
  detail text not null,
  headers text not null,
  body text not null,
  created_at integer not null
);
create index rejection_by_source on rejection (source_id, seq);
