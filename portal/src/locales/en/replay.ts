export const replay = {
  example: {
    title: 'Send an example',
    help: 'Sends the example of an event type to this endpoint alone, signed like any other message.',
    eventType: 'Event type',
    which: 'Example',
    number: 'Example {{number}}',
    without: '{{name}} (has no example)',
    noneFound: 'No event type is called so.',
    payload: 'Example payload',
    send: 'Send the example',
    waiting: 'Sent. Waiting for the endpoint’s answer…',
    result: 'What the endpoint answered',
    message: 'Open the message',
    retried:
      'It will be tried again like any other message. Once you have mended your receiver, send another.',
  },
  again: {
    title: 'Send again',
    help: 'For when your receiver was down or has lost something. Messages keep their webhook-id, so that it can drop what it has already.',
    what: 'Which messages',
    kinds: {
      failed: {
        label: 'What failed',
        help: 'Messages whose last attempt failed and that wait for no other.',
      },
      missing: {
        label: 'What was never sent',
        help: 'Messages that this endpoint subscribes to but never got, such as those published while it was disabled.',
      },
      matching: {
        label: 'Everything that matches',
        help: 'Also what the endpoint has had already.',
      },
    },
    status: 'Last attempt',
    statuses: { any: 'Whatever it was', success: 'Succeeded', fail: 'Failed', canceled: 'Canceled' },
    published: 'Published in',
    periods: { hour: 'Last hour', day: 'Last day', week: 'Last week', exact: 'Custom' },
    until: 'Until (now, if empty)',
    needsSince: 'Choose when it begins.',
    start: 'Send again',
    sure: 'Send everything that matches?',
    sureHelp:
      'Your receiver gets messages that it has had already, with the same webhook-id. It must drop those that it does not want twice.',
  },
  progress: {
    title: 'Sending again',
    states: { running: 'Running', finished: 'Finished', failed: 'Failed' },
    made_one: '{{count}} message is sent again',
    made_other: '{{count}} messages are sent again',
    goesOn: 'It goes on without this page. You find it again at this address.',
    started: 'Started',
    deliveries: 'See the attempts since then',
  },
  waiting: {
    title: 'Waiting',
    help: 'Deliveries that are to be sent, retries included.',
    nothing: 'Nothing waits.',
    some_one: '{{shown}} delivery waits.',
    some_other: '{{shown}} deliveries wait.',
    cancel: 'Cancel what waits',
    sure: 'Cancel everything that waits?',
    sureHelp:
      'None of it is sent any more. What is on its way at this moment may still arrive. You can send it again later by hand.',
    canceled: 'What waited is canceled.',
  },
}
