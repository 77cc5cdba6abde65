-- What retention finds by its age. Counts and tasks change no column of these after they came to be or ended.
create index attempt_count_hour on attempt_count (hour_at);
create index background_task_ended on background_task (updated_at) where status <> 'running';
