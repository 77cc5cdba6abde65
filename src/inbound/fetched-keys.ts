import type { Fetched, Tools } from './verify.ts'

/** Fetched certificates and key sets are kept this long. */
const keptMs = 3_600_000
/** A key set that lacks a key is fetched anew, but not more often than this: whoever sends forged tokens could ask for it. */
const refreshMs = 60_000
const maxUrls = 64

interface Entry {
  readonly text: Promise<string | null>
  readonly fetchedAt: number
}

/** What was fetched with one set of tools. Lives as long as these do. */
const stores = new WeakMap<Tools, Map<string, Entry>>()

/** The text at a pinned URL, from memory if it is fresh enough; null if it cannot be fetched now, and then nothing is kept. */
export async function fetchedText(
  tools: Tools,
  url: string,
  now: number,
  atMostMs: number = keptMs,
): Promise<string | null> {
  let store = stores.get(tools)
  if (store === undefined) stores.set(tools, (store = new Map<string, Entry>()))
  const known = store.get(url)
  if (known !== undefined && Math.abs(now - known.fetchedAt) < atMostMs) return known.text
  if (store.size >= maxUrls) store.clear()
  const entry = { text: tools.get(url).then(textOf, () => null), fetchedAt: now }
  store.set(url, entry)
  const text = await entry.text
  if (text === null && store.get(url) === entry) store.delete(url)
  return text
}

/** As `fetchedText`, for when what is in memory did not do. */
export function refetchedText(tools: Tools, url: string, now: number): Promise<string | null> {
  return fetchedText(tools, url, now, refreshMs)
}

function textOf(fetched: Fetched): string | null {
  return fetched.kind === 'response' && fetched.status === 200 ? fetched.body : null
}
