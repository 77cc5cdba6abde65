-- In the copy's database.

-- What is known of each key. The row of a key that is gone stays, with the version at which it went.
create table product_state (
  sku text primary key,
  name text,
  price numeric,
  stock integer,
  version bigint not null,
  deleted boolean not null
);

-- The copy, as others read it.
create view product as
  select sku, name, price, stock, version from product_state where not deleted;

-- The ids of the events that were stored.
create table received (
  webhook_id text primary key,
  received_at timestamptz not null default now()
);
create index on received (received_at);
