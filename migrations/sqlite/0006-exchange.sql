-- The headers of the exchange, as core/exchange.ts writes them. Null where nothing was sent,
-- it was expunged, or it was recorded before. No row is rewritten for it.
alter table attempt add column exchange text;
