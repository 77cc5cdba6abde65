-- Events that are announced if and only if their data is committed. An application with the uid 'ada' must exist.

create table if not exists invoice (
  id bigint generated always as identity primary key,
  customer text not null,
  amount numeric not null,
  paid boolean not null default false
);

-- By hand, in the transaction of the data.
begin;
insert into invoice (customer, amount) values ('ada', 12.50);
select posthorn.publish('ada', 'invoice.drafted', '{ "amount": 12.50, "currency": "EUR" }');
commit;

-- By a trigger: invoice.created, invoice.updated where `paid` has changed, invoice.deleted.
select posthorn.publish_changes('invoice', 'invoice', 'customer', 'paid');
insert into invoice (customer, amount) values ('ada', 99.90);
update invoice set amount = 100 where amount = 99.90;
update invoice set paid = true where amount = 100;
delete from invoice where amount = 100;

-- Nothing of what is rolled back.
begin;
insert into invoice (customer, amount) values ('ada', 1);
rollback;

select posthorn.unpublish_changes('invoice');
