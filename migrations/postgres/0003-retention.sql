-- The messages of a leaving period get no new delivery: those that have one by then are kept, and the period goes.
alter table posthorn.history_period add column is_leaving boolean not null default false;

-- Messages of periods that went which a delivery still needs: few, and not partitioned.
create table posthorn.kept_message (like posthorn.message, primary key (app_id, seq));
create index kept_message_id on posthorn.kept_message (app_id, id);

-- What retention finds by its age. Counts and tasks change no column of these after they came to be or ended.
create index attempt_count_hour on posthorn.attempt_count (hour_at);
create index background_task_ended on posthorn.background_task (updated_at) where status <> 'running';
