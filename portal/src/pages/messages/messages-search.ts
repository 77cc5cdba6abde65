/** What the address of the messages’ pages carries behind its `?`. It comes from anywhere. */
export interface MessagesSearch {
  readonly types?: readonly string[] | undefined
  readonly channel?: string | undefined
  readonly tag?: string | undefined
  /** ISO 8601. */
  readonly after?: string | undefined
  readonly before?: string | undefined
}

export function messagesSearch(given: Readonly<Record<string, unknown>>): MessagesSearch {
  const types = Array.isArray(given.types) ? given.types.filter((each) => typeof each === 'string') : []
  return {
    types: types.length === 0 ? undefined : types,
    channel: text(given.channel),
    tag: text(given.tag),
    after: instant(given.after),
    before: instant(given.before),
  }
}

/** How many filters are set behind the one for event types. */
export function countOfMore({ channel, tag, after, before }: MessagesSearch): number {
  return [channel, tag, after, before].filter((each) => each !== undefined).length
}

export interface ChooseSearch {
  /** Choose another application than the last one. */
  readonly choose?: true | undefined
}

export function chooseSearch({ choose }: Readonly<Record<string, unknown>>): ChooseSearch {
  return { choose: choose === true ? true : undefined }
}

/** What looks like a number comes as one. */
function text(given: unknown): string | undefined {
  if (typeof given === 'number') return String(given)
  return typeof given === 'string' && given !== '' ? given : undefined
}

function instant(given: unknown): string | undefined {
  return typeof given === 'string' && !Number.isNaN(Date.parse(given)) ? given : undefined
}
