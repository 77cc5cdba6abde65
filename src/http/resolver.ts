import { Resolver } from 'node:dns/promises'
import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { ConnectFailure } from './failure.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

const positiveForMs = 5_000
const negativeForMs = 1_000
const hostsCheckedForMs = 1_000
const maxCachedNames = 10_000
/** For the first of two tries; the second may take twice as long. */
const timeoutMs = 2_000
/** Some name servers never answer a question for IPv6 addresses: once there are others, it gets no longer than this. */
const secondFamilyMs = 250

/** What one question found: addresses, or else the code of what went wrong. */
interface Found {
  readonly addresses: readonly ResolvedAddress[]
  readonly code: string | null
}

/**
 * Resolves names by asking DNS servers itself: the system's resolver runs on four threads that all of the process
 * shares, so that one dead server would stall every endpoint. `/etc/hosts` counts, and `localhost` is loopback
 * (RFC 6761 §6.3).
 */
export class NameResolver implements Disposable {
  readonly #dns: Resolver
  readonly #hostsFile: string
  readonly #cache = new Map<string, { readonly answer: Promise<readonly ResolvedAddress[]>; until: number }>()
  #hosts: ReadonlyMap<string, readonly ResolvedAddress[]> = new Map()
  #hostsMtime = -1
  #hostsCheckedAt = Number.NEGATIVE_INFINITY

  /** @param servers `address` or `address:port`; empty for the system's */
  constructor(servers: readonly string[], hostsFile = '/etc/hosts') {
    this.#hostsFile = hostsFile
    this.#dns = new Resolver({ timeout: timeoutMs, tries: 2 })
    if (servers.length > 0) this.#dns.setServers(servers)
  }

  /** All addresses of the name that are known in time, IPv4 first. Rejects with a `ConnectFailure` that says `unresolved`. */
  resolve(name: string): Promise<readonly ResolvedAddress[]> {
    const host = name.toLowerCase().replace(/\.$/, '')
    const now = performance.now()
    const known = this.#cache.get(host)
    if (known !== undefined && known.until > now) return known.answer
    const local = this.#local(host, now)
    if (local !== undefined) return Promise.resolve(local)
    const answer = this.#ask(host)
    // Until it has come, everybody waits for the same answer.
    const entry = { answer, until: Number.POSITIVE_INFINITY }
    this.#cache.delete(host)
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size < maxCachedNames) break
      this.#cache.delete(oldest)
    }
    this.#cache.set(host, entry)
    answer.then(
      () => (entry.until = performance.now() + positiveForMs),
      () => (entry.until = performance.now() + negativeForMs),
    )
    return answer
  }

  #local(host: string, now: number): readonly ResolvedAddress[] | undefined {
    if (now - this.#hostsCheckedAt > hostsCheckedForMs) {
      this.#hostsCheckedAt = now
      this.#readHosts()
    }
    const listed = this.#hosts.get(host)
    if (listed !== undefined) return listed
    if (host !== 'localhost' && !host.endsWith('.localhost')) return undefined
    return [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]
  }

  #readHosts(): void {
    try {
      const { mtimeMs } = statSync(this.#hostsFile)
      if (mtimeMs === this.#hostsMtime) return
      this.#hosts = parseHosts(readFileSync(this.#hostsFile, 'utf8'))
      this.#hostsMtime = mtimeMs
    } catch {
      // A file that is missing, or that may not be read, lists nothing.
      this.#hosts = new Map()
      this.#hostsMtime = -1
    }
  }

  async #ask(host: string): Promise<readonly ResolvedAddress[]> {
    const asked6 = this.#askFor(6, host)
    const found4 = await this.#askFor(4, host)
    const none: Found = { addresses: [], code: null }
    const found6 =
      found4.addresses.length === 0
        ? await asked6
        : await Promise.race([asked6, delay(secondFamilyMs, none, { ref: false })])
    const addresses = [...found4.addresses, ...found6.addresses]
    if (addresses.length > 0) return addresses
    const code = found4.code ?? found6.code ?? 'empty answer'
    throw new ConnectFailure('unresolved', `${host} has no address (${code})`)
  }

  async #askFor(family: 4 | 6, host: string): Promise<Found> {
    try {
      const addresses = await (family === 4 ? this.#dns.resolve4(host) : this.#dns.resolve6(host))
      return { addresses: addresses.map((address) => ({ address, family })), code: null }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      return { addresses: [], code }
    }
  }

  /** Questions that are still open are not answered any more. */
  [Symbol.dispose](): void {
    this.#dns.cancel()
  }
}

function parseHosts(text: string): ReadonlyMap<string, readonly ResolvedAddress[]> {
  const hosts = new Map<string, ResolvedAddress[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/)
    const version = isIP(address)
    if (version === 0) continue
    for (const name of names) {
      const entry: ResolvedAddress = { address, family: version === 4 ? 4 : 6 }
      const listed = hosts.get(name.toLowerCase())
      if (listed === undefined) hosts.set(name.toLowerCase(), [entry])
      else listed.push(entry)
    }
  }
  return hosts
}
