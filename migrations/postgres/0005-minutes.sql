-- What passed, by organisation and minute. Histograms are text: `bucket:count` with commas between, without empty ones.
-- `pending` is what waited when it was counted in this minute. The row of no organisation (the empty text) holds the
-- whole, and tells of minutes in which it was counted that an organisation without a row had nothing waiting.
create table posthorn.minute (
  org_id text collate "C" not null,
  at bigint not null,
  -- Which node's share this is, so that no two write the same row; 0 where one counted for all.
  node integer not null,
  messages bigint not null default 0,
  deliveries bigint not null default 0,
  delivered bigint not null default 0,
  exhausted bigint not null default 0,
  retried bigint not null default 0,
  latency text not null default '',
  duration text not null default '',
  pending bigint,
  primary key (org_id, at, node)
) with (fillfactor = 70);
create index minute_at on posthorn.minute (at);
