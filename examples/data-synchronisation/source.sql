-- In the database that Posthorn runs on. An application with the uid 'shop' must exist before the first row changes.

create table product (
  sku text primary key,
  name text not null,
  price numeric not null,
  stock integer,
  version bigint not null default 0
);

-- Outlives the row, so that a key that is used again goes on counting where it was.
create table product_version (
  sku text primary key,
  version bigint not null
);

create function next_product_version() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    -- Every transaction holds a row before its number: two that took them in opposite orders would block each other.
    perform from product where sku = new.sku for update;
  end if;
  insert into product_version as last values (new.sku, 1)
    on conflict (sku) do update set version = last.version + 1
    returning version into new.version;
  return new;
end
$$;

create trigger next_product_version before insert or update on product
  for each row execute function next_product_version();

-- Announces product.created, product.updated and product.deleted to the application.
select posthorn.publish_changes('product', 'product', $$'shop'$$);
