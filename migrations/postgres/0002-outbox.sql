-- Events of other programs' own transactions: each is a row that commits or vanishes with its data, until a node has
-- made a message of it. What others call is revoked from everyone, and granted by the operator.

create table posthorn.outbox (
  seq bigint generated always as identity primary key,
  org_id text collate "C" not null,
  app_id text collate "C" not null,
  id text collate "C" not null,
  event_type text collate "C" not null,
  payload text not null,
  event_id text collate "C",
  channels text[],
  tags text[],
  deliver_at bigint,
  payload_expires_at bigint not null,
  created_at bigint not null,
  -- Set where the store refused the event for what it is: it is passed until someone sets them to null.
  failed_at bigint,
  failure text
) with (
  -- Rows come and go: what they leave behind is cleared often and without pauses.
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_insert_scale_factor = 0.1,
  autovacuum_vacuum_cost_delay = 0
);

-- Callers may name an application by its uid alone.
create index application_by_uid on posthorn.application (uid) where uid is not null;

-- 27 base62 characters over 20 bytes, the first five of them the time in units of 4 ms since 2014-05-13. The last
-- twenty characters are random, the seven before count units of 62^20: 1.88… of those are one of time (2^120).
create function posthorn.new_message_id(created_at bigint) returns text
language plpgsql volatile
as $$
declare
  alphabet constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  head constant bigint := trunc((created_at - 1400000000000) / 4.0 * 1.88697301591403687889);
  -- Of each, the last seven bytes and the first are random throughout.
  one constant bytea := uuid_send(gen_random_uuid());
  other constant bytea := uuid_send(gen_random_uuid());
begin
  return 'msg_' || substr(alphabet, (head / 56800235584 % 62)::integer + 1, 1)
    || substr(alphabet, (head / 916132832 % 62)::integer + 1, 1)
    || substr(alphabet, (head / 14776336 % 62)::integer + 1, 1)
    || substr(alphabet, (head / 238328 % 62)::integer + 1, 1)
    || substr(alphabet, (head / 3844 % 62)::integer + 1, 1)
    || substr(alphabet, (head / 62 % 62)::integer + 1, 1)
    || substr(alphabet, (head % 62)::integer + 1, 1)
    || translate(encode(substr(one, 10) || substr(other, 10) || substr(one, 1, 1), 'base64'), '+/', 'Aa');
end
$$;

create function posthorn.refuse(field text, given text, accepted text) returns void
language plpgsql
as $$
begin
  raise exception using errcode = 'invalid_parameter_value',
    message = format('posthorn.publish: %s is %s, but must be %s', field,
      coalesce(quote_literal(case when length(given) > 300 then left(given, 300) || '…' else given end), 'null'),
      accepted);
end
$$;

create function posthorn.check_labels(field text, given text[], max_count integer, pattern text, characters text)
returns void
language plpgsql
as $$
declare
  label text;
begin
  if array_ndims(given) > 1 then
    perform posthorn.refuse(field, given::text, 'one list of texts, not several');
  end if;
  if cardinality(given) > max_count then
    perform posthorn.refuse(field, given::text, format('at most %s texts', max_count));
  end if;
  foreach label in array given loop
    if label is null or length(label) not between 1 and 128 or label collate "C" !~ pattern then
      perform posthorn.refuse(field, given::text, format('texts of 1 to 128 characters out of %s', characters));
    end if;
  end loop;
  if (select count(distinct each) from unnest(given) each) < cardinality(given) then
    perform posthorn.refuse(field, given::text, 'texts that all differ');
  end if;
end
$$;

-- Announces an event if and only if the caller's transaction commits. It runs with the rights of Posthorn's own role,
-- so that callers need none on its tables.
create function posthorn.publish(
  application text,
  event_type text,
  payload json,
  event_id text default null,
  channels text[] default null,
  tags text[] default null,
  deliver_at timestamptz default null,
  payload_retention_days integer default 90,
  organisation text default null
) returns text
language plpgsql volatile security definer set search_path = posthorn, pg_temp
as $$
declare
  name constant text := '^[a-zA-Z0-9_.-]+$';
  name_accepted constant text := '1 to 256 characters out of a-z A-Z 0-9 - _ .';
  day_ms constant bigint := 86400000;
  -- Whoever calls may set it: what no node could take in hand is refused here, whatever is set.
  max_bytes constant bigint := least(67108864,
    coalesce(nullif(current_setting('posthorn.max_payload_bytes', true), ''), '1048576')::bigint);
  notifies constant boolean := coalesce(nullif(current_setting('posthorn.notify', true), ''), 'on')::boolean;
  now_ms constant bigint := extract(epoch from clock_timestamp()) * 1000;
  message_id constant text := posthorn.new_message_id(now_ms);
  found_app text;
  found_org text;
  found_count bigint;
  deliver_at_ms bigint;
begin
  if event_type is null or length(event_type) not between 1 and 256 or event_type collate "C" !~ name then
    perform posthorn.refuse('event_type', event_type, name_accepted);
  end if;
  if payload is null or json_typeof(payload) <> 'object' then
    perform posthorn.refuse('payload', payload::text, 'a JSON object');
  end if;
  if octet_length(payload::text) > max_bytes then
    perform posthorn.refuse('payload', payload::text, format('a text of at most %s bytes', max_bytes));
  end if;
  if event_id is not null and (length(event_id) not between 1 and 256 or event_id collate "C" !~ name) then
    perform posthorn.refuse('event_id', event_id, name_accepted);
  end if;
  if channels is not null then
    if cardinality(channels) = 0 then
      perform posthorn.refuse('channels', channels::text, 'null or 1 to 10 texts');
    end if;
    perform posthorn.check_labels('channels', channels, 10, '^[a-zA-Z0-9_.:+-]+$', 'a-z A-Z 0-9 - _ . : +');
  end if;
  if cardinality(tags) > 0 then
    perform posthorn.check_labels('tags', tags, 5, '^[a-zA-Z0-9_./\\#-]+$', 'a-z A-Z 0-9 - _ . / \ #');
  end if;
  if deliver_at > clock_timestamp() + interval '90 days' then
    perform posthorn.refuse('deliver_at', deliver_at::text, 'at most 90 days ahead');
  end if;
  if deliver_at > clock_timestamp() then
    deliver_at_ms := extract(epoch from deliver_at) * 1000;
  end if;
  if payload_retention_days is null or payload_retention_days not between 1 and 90 then
    perform posthorn.refuse('payload_retention_days', payload_retention_days::text, '1 to 90');
  end if;

  if application like 'app\_%' then
    select known.id, known.org_id, 1 into found_app, found_org, found_count from posthorn.application known
      where known.id = publish.application and known.deleted_at is null
        and (organisation is null or known.org_id = organisation);
  else
    select min(known.id), min(known.org_id), count(*) into found_app, found_org, found_count
      from posthorn.application known
      where known.uid = publish.application and known.deleted_at is null
        and (organisation is null or known.org_id = organisation);
  end if;
  if found_app is null then
    raise exception using errcode = 'no_data_found',
      message = format('posthorn.publish: application is %s, but must be the id or uid of an application%s',
        coalesce(quote_literal(application), 'null'), ' of ' || quote_literal(organisation));
  end if;
  if found_count > 1 then
    raise exception using errcode = 'invalid_parameter_value',
      message = format('posthorn.publish: application is %s, the uid of applications of %s organisations: '
        'organisation is needed', quote_literal(application), found_count);
  end if;

  insert into posthorn.outbox (org_id, app_id, id, event_type, payload, event_id, channels, tags, deliver_at,
      payload_expires_at, created_at)
    values (found_org, found_app, message_id, publish.event_type, publish.payload::text, publish.event_id,
      publish.channels, nullif(publish.tags, '{}'), deliver_at_ms,
      coalesce(deliver_at_ms, now_ms) + payload_retention_days * day_ms, now_ms);
  if notifies then
    perform pg_notify('posthorn_outbox', '');
  end if;
  return message_id;
end
$$;

-- Removes what `publish_changes` has installed on a table, if anything.
create function posthorn.unpublish_changes(target regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  installed regprocedure;
begin
  select tgfoid into installed from pg_trigger
    where tgrelid = target and tgname = 'posthorn_changes' and tgparentid = 0;
  if installed is null then
    return;
  end if;
  execute format('drop trigger posthorn_changes on %s', target);
  execute format('drop function %s', installed);
end
$$;

-- Announces each change of a table's rows. All that it makes belongs to the caller and runs with the caller's rights,
-- whoever changes the rows; nobody else can attach the function to a table.
create function posthorn.publish_changes(
  target regclass,
  event_type_prefix text,
  application_expression text,
  variadic columns text[] default '{}'
) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  function_name text := 'posthorn_changes_' || replace(gen_random_uuid()::text, '-', '');
  schema_name name;
  table_name name;
  kind "char";
  unknown text;
  changed text := 'old *<> new';
begin
  select n.nspname, c.relname, c.relkind into schema_name, table_name, kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target;
  if kind is null or kind not in ('r', 'p') then
    raise exception using errcode = 'wrong_object_type',
      message = format('posthorn.publish_changes: target is %s, but must be a table',
        coalesce(target::text, 'null'));
  end if;
  if event_type_prefix is null or length(event_type_prefix) not between 1 and 248
      or event_type_prefix collate "C" !~ '^[a-zA-Z0-9_.-]+$' then
    raise exception using errcode = 'invalid_parameter_value',
      message = format('posthorn.publish_changes: event_type_prefix is %s, but must be 1 to 248 characters out of '
        'a-z A-Z 0-9 - _ .', coalesce(quote_literal(event_type_prefix), 'null'));
  end if;
  if application_expression is null then
    raise exception using errcode = 'invalid_parameter_value',
      message = 'posthorn.publish_changes: application_expression is null, but must be SQL over a row''s columns';
  end if;
  select string_agg(quote_literal(given), ', ') into unknown from unnest(columns) given
    where not exists (select from pg_attribute
      where attrelid = target and attname = given and attnum > 0 and not attisdropped);
  if unknown is not null or array_position(columns, null) is not null then
    raise exception using errcode = 'undefined_column',
      message = format('posthorn.publish_changes: columns has %s, but must be columns of %s',
        coalesce(unknown, 'null'), target);
  end if;
  if not has_function_privilege(
      'posthorn.publish(text, text, json, text, text[], text[], timestamptz, integer, text)', 'execute') then
    raise exception using errcode = 'insufficient_privilege',
      message = format('posthorn.publish_changes: %s may not call posthorn.publish', current_user);
  end if;
  if cardinality(columns) > 0 then
    select format('row(%s)::record *<> row(%s)::record', string_agg('old.' || quote_ident(given), ', ' order by place),
        string_agg('new.' || quote_ident(given), ', ' order by place))
      into changed from unnest(columns) with ordinality as named (given, place);
  end if;
  -- An expression that does not fit is refused here, not by the first row that changes.
  execute format(E'select (%s\n)::text from (select (null::%s).*) as %I limit 0',
    application_expression, target, table_name);

  perform posthorn.unpublish_changes(target);
  execute format('create function %I.%I() returns trigger language plpgsql security definer '
    'set search_path = pg_catalog, pg_temp as %L', schema_name, function_name, format($body$
#variable_conflict use_column
declare
  posthorn_application text;
begin
  if tg_op = 'UPDATE' and not (%1$s) then
    return null;
  end if;
  if tg_op = 'DELETE' then
    select (%2$s
    )::text into posthorn_application from (select old.*) as %3$I;
  else
    select (%2$s
    )::text into posthorn_application from (select new.*) as %3$I;
  end if;
  if posthorn_application is not null then
    perform posthorn.publish(posthorn_application,
      %4$L || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.updated' else '.deleted' end,
      ('{"old":' || coalesce(row_to_json(old)::text, 'null')
        || ',"new":' || coalesce(row_to_json(new)::text, 'null') || '}')::json);
  end if;
  return null;
end
$body$, changed, application_expression, table_name, event_type_prefix));
  execute format('revoke all on function %I.%I() from public', schema_name, function_name);
  execute format('create trigger posthorn_changes after insert or update or delete on %s '
    'for each row execute function %I.%I()', target, schema_name, function_name);
end
$$;

revoke all on function posthorn.new_message_id(bigint), posthorn.refuse(text, text, text),
  posthorn.check_labels(text, text[], integer, text, text),
  posthorn.publish(text, text, json, text, text[], text[], timestamptz, integer, text),
  posthorn.publish_changes(regclass, text, text, text[]), posthorn.unpublish_changes(regclass)
  from public;
