export const tasks = {
  title: 'Background tasks',
  about:
    'Work that outlives the request that began it, such as replaying many messages. It goes on after a restart.',
  list: 'Background tasks, newest first',
  empty: 'No task yet',
  emptyHelp:
    'One appears here when you replay or recover messages of an endpoint, or ask for usage statistics.',
  task: 'Task',
  progress: 'So far',
  kinds: {
    recover: 'Send failed messages again',
    replay: 'Send messages that were missed',
    bulkReplay: 'Send messages again',
    stats: 'Count usage',
  },
  status: { label: 'Status', any: 'Any status', running: 'Running', finished: 'Finished', failed: 'Failed' },
  replayed_one: '{{count}} delivery made',
  replayed_other: '{{count}} deliveries made',
  counted_one: '{{count}} application counted',
  counted_other: '{{count}} applications counted',
  nothing: 'Nothing yet',
  none: 'No task has this status.',
}
