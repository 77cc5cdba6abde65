-- The outbox is a part of PostgreSQL's schema alone: here nobody but Posthorn writes.
select 1;
