import { Resolver } from 'node:dns/promises'
import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'

export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

const hostsFile = '/etc/hosts'
const positiveForMs = 5_000
const negativeForMs = 1_000
const hostsCheckedForMs = 1_000
const maxCachedNames = 10_000
/** For each of two tries. */
const timeoutMs = 2_000

/** A name that has no address, or whose servers did not answer. */
export class Unresolved extends Error {
  override readonly name = 'Unresolved'
}

/**
 * Resolves names by asking DNS servers itself: the system's resolver runs on four threads that all of the process
 * shares, so that one dead server would stall every endpoint. `/etc/hosts` counts, and `localhost` is loopback
 * (RFC 6761 §6.3).
 */
export class NameResolver {
  readonly #dns: Resolver
  readonly #cache = new Map<string, { readonly answer: Promise<readonly ResolvedAddress[]>; until: number }>()
  #hosts: ReadonlyMap<string, readonly ResolvedAddress[]> = new Map()
  #hostsMtime = -1
  #hostsCheckedAt = Number.NEGATIVE_INFINITY

  /** @param servers `address` or `address:port`; empty for the system's */
  constructor(servers: readonly string[]) {
    this.#dns = new Resolver({ timeout: timeoutMs, tries: 2 })
    if (servers.length > 0) this.#dns.setServers(servers)
  }

  /** All addresses of the name, IPv4 first. Rejects with `Unresolved`. */
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
    if (this.#cache.size >= maxCachedNames) this.#cache.clear()
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
    const mtime = statSync(hostsFile, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (mtime === this.#hostsMtime) return
    this.#hostsMtime = mtime
    this.#hosts = mtime === 0 ? new Map() : parseHosts(readFileSync(hostsFile, 'utf8'))
  }

  async #ask(host: string): Promise<readonly ResolvedAddress[]> {
    const [v4, v6] = await Promise.allSettled([this.#dns.resolve4(host), this.#dns.resolve6(host)])
    const addresses: ResolvedAddress[] = []
    if (v4.status === 'fulfilled') for (const address of v4.value) addresses.push({ address, family: 4 })
    if (v6.status === 'fulfilled') for (const address of v6.value) addresses.push({ address, family: 6 })
    if (addresses.length > 0) return addresses
    const reason: unknown = v4.status === 'rejected' ? v4.reason : undefined
    const code = reason instanceof Error && 'code' in reason ? String(reason.code) : 'no address'
    throw new Unresolved(`${host} has no address (${code})`)
  }
}

function parseHosts(text: string): ReadonlyMap<string, readonly ResolvedAddress[]> {
  const hosts = new Map<string, ResolvedAddress[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const name of names) {
      const key = name.toLowerCase()
      hosts.set(key, [...(hosts.get(key) ?? []), { address, family: family === 4 ? 4 : 6 }])
    }
  }
  return hosts
}
