/** What a sample is made for. All of it is safe inside the quotes of every language. */
export interface SampleInput {
  /** Of the endpoint's URL: where the receiver listens. */
  readonly path: string
  /** The endpoint's own, without credentials or fragment. */
  readonly url: string
  /** The signature headers begin with it. */
  readonly headerPrefix: HeaderPrefix
  readonly comments: Comments
}

export type HeaderPrefix = 'webhook' | 'svix'

/** Each is one line. */
interface Comments {
  readonly duplicates: string
  readonly rawBody: string
  readonly work: string
}

/** A small receiver, or a sender to try one with. */
export interface Sample {
  readonly name: string
  /** Null where nothing has to be installed. */
  readonly install: string | null
  readonly fileName: string
  readonly run: string
  readonly code: (input: SampleInput) => string
}

/**
 * The parts of the endpoint's URL. The URL parser escapes all that would end a string in some language but for `'`,
 * `$` and, in queries, the backtick: these are escaped here.
 */
export function addressOf(endpointUrl: string): Pick<SampleInput, 'path' | 'url'> {
  if (!URL.canParse(endpointUrl)) return { path: '/', url: 'https://example.com/' }
  const { origin, pathname, search } = new URL(endpointUrl)
  const quoted = (text: string): string =>
    text.replaceAll("'", '%27').replaceAll('$', '%24').replaceAll('`', '%60')
  return { path: quoted(pathname), url: quoted(`${origin}${pathname}${search}`) }
}
