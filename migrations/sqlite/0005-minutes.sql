-- What passed, by organisation and minute. Histograms are text: `bucket:count` with commas between, without empty ones.
-- `pending` is what waited when it was counted in this minute. The row of no organisation (the empty text) holds the
-- whole, and tells of minutes in which it was counted that an organisation without a row had nothing waiting.
create table minute (
  org_id text not null,
  at integer not null,
  -- Which node's share this is: always 0 here.
  node integer not null,
  messages integer not null default 0,
  deliveries integer not null default 0,
  delivered integer not null default 0,
  exhausted integer not null default 0,
  retried integer not null default 0,
  latency text not null default '',
  duration text not null default '',
  pending integer,
  primary key (org_id, at, node)
) without rowid;
create index minute_at on minute (at);

-- Which endpoints failed lately, without passing those that did not. A failed attempt costs about 0.5 µs more for it, one
-- that succeeded nothing.
create index attempt_count_failed on attempt_count (hour_at, app_id, endpoint_id, event_type, fail) where fail > 0;
