-- What was taken in from elsewhere: headers to pass on, and how the payload is encoded. Null where it was published.
alter table posthorn.message add column received text;
alter table posthorn.kept_message add column received text;

-- A source's row outlives it for a while, so that whoever still sends to its URL can be told.
create table posthorn.source (
  seq bigint generated always as identity primary key,
  org_id text collate "C" not null,
  id text collate "C" not null unique,
  uid text collate "C",
  name text not null,
  type text not null,
  app_id text collate "C" not null,
  metadata text not null,
  sealed_config text not null,
  sealed_token text not null,
  token_hash text collate "C" not null unique,
  created_at bigint not null,
  updated_at bigint not null,
  version integer not null,
  deleted_at bigint
);
create unique index source_uid on posthorn.source (org_id, uid) where uid is not null;
create index source_by_org on posthorn.source (org_id, seq) where deleted_at is null;
create index source_deleted on posthorn.source (deleted_at) where deleted_at is not null;

-- Requests to sources that were not taken in: the newest of each.
create table posthorn.rejection (
  seq bigint generated always as identity primary key,
  source_id text collate "C" not null,
  id text collate "C" not null,
  status integer not null,
  reason text not null,
  detail text not null,
  headers text not null,
  body text not null,
  created_at bigint not null
);
create index rejection_by_source on posthorn.rejection (source_id, seq);
