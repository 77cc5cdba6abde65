import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startDnsServer } from '#test/support/dns-server.ts'
import { NameResolver } from './resolver.ts'

let folder: string
let hostsFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-hosts-'))
  hostsFile = join(folder, 'hosts')
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

/** Lets the resolver's clock run ahead. */
function skip(ms: number): void {
  const now = performance.now() + ms
  vi.spyOn(performance, 'now').mockReturnValue(now)
}

async function addressesOf(resolver: NameResolver, name: string): Promise<readonly string[]> {
  return (await resolver.resolve(name)).map(({ address }) => address)
}

describe('a name', () => {
  test('has the addresses of both families, IPv4 first', async () => {
    await using dns = await startDnsServer(() => ['2606:4700::1111', '93.184.216.34', '93.184.216.35'])
    using resolver = new NameResolver([dns.address], hostsFile)
    expect(await resolver.resolve('both.test')).toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '93.184.216.35', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ])
  })

  test('may have IPv6 addresses alone', async () => {
    await using dns = await startDnsServer(() => ['2606:4700::1111'])
    using resolver = new NameResolver([dns.address], hostsFile)
    expect(await addressesOf(resolver, 'six.test')).toEqual(['2606:4700::1111'])
  })

  test('does not wait for a name server that never answers the question for IPv6 addresses', async () => {
    await using dns = await startDnsServer((_, family) => (family === 6 ? 'silence' : ['93.184.216.34']))
    using resolver = new NameResolver([dns.address], hostsFile)
    const startedAt = performance.now()
    expect(await addressesOf(resolver, 'half.test')).toEqual(['93.184.216.34'])
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })

  test('is asked for once by all who want it at a time, in any spelling, and its answer kept for 5 s', async () => {
    let last = 0
    await using dns = await startDnsServer((_, family) => (family === 4 ? [`93.184.216.${++last}`] : []))
    using resolver = new NameResolver([dns.address], hostsFile)
    const spellings = ['kept.test', 'KEPT.test', 'kept.test.']
    const answers = await Promise.all(spellings.map((name) => addressesOf(resolver, name)))
    expect(answers).toEqual([['93.184.216.1'], ['93.184.216.1'], ['93.184.216.1']])
    skip(4_900)
    expect(await addressesOf(resolver, 'kept.test')).toEqual(['93.184.216.1'])
    skip(5_100)
    expect(await addressesOf(resolver, 'kept.test')).toEqual(['93.184.216.2'])
  })

  test('that does not exist says so, and is not asked for again within a second', async () => {
    await using dns = await startDnsServer(() => null)
    using resolver = new NameResolver([dns.address], hostsFile)
    const failure = { reason: 'unresolved', message: 'nobody.test has no address (ENOTFOUND)' }
    await expect(resolver.resolve('nobody.test')).rejects.toMatchObject(failure)
    await expect(resolver.resolve('nobody.test')).rejects.toMatchObject(failure)
    expect(dns.questions).toHaveLength(2)
    skip(1_100)
    await expect(resolver.resolve('nobody.test')).rejects.toMatchObject(failure)
    expect(dns.questions).toHaveLength(4)
  })

  test('that is still asked for when the resolver is disposed fails at once', async () => {
    const asked = Promise.withResolvers<void>()
    await using dns = await startDnsServer(() => {
      asked.resolve()
      return 'silence'
    })
    const resolver = new NameResolver([dns.address], hostsFile)
    const answer = resolver.resolve('silent.test')
    await asked.promise
    resolver[Symbol.dispose]()
    await expect(answer).rejects.toMatchObject({ reason: 'unresolved' })
  })
})

describe('the hosts file', () => {
  test('goes before name servers, and is read again when it has changed', async () => {
    await using dns = await startDnsServer(() => ['93.184.216.34'])
    using resolver = new NameResolver([dns.address], hostsFile)
    writeFileSync(
      hostsFile,
      '# comment\n10.0.0.1\tInner.Test alias.test # more\n\n::5 inner.test\nnonsense inner.test\n',
    )
    expect(await addressesOf(resolver, 'inner.test')).toEqual(['10.0.0.1', '::5'])
    expect(await addressesOf(resolver, 'alias.test')).toEqual(['10.0.0.1'])
    writeFileSync(hostsFile, '10.0.0.2 inner.test\n')
    utimesSync(hostsFile, new Date(), new Date(Date.now() + 5_000))
    expect(await addressesOf(resolver, 'inner.test')).toEqual(['10.0.0.1', '::5'])
    skip(1_100)
    expect(await addressesOf(resolver, 'inner.test')).toEqual(['10.0.0.2'])
    expect(dns.questions).toEqual([])
  })

  test('may be missing, unreadable or removed', async () => {
    await using dns = await startDnsServer(() => ['93.184.216.34'])
    using missing = new NameResolver([dns.address], hostsFile)
    expect(await addressesOf(missing, 'any.test')).toEqual(['93.184.216.34'])
    using unreadable = new NameResolver([dns.address], folder)
    expect(await addressesOf(unreadable, 'any.test')).toEqual(['93.184.216.34'])
    writeFileSync(hostsFile, '10.0.0.1 gone.test\n')
    using removed = new NameResolver([dns.address], hostsFile)
    expect(await addressesOf(removed, 'gone.test')).toEqual(['10.0.0.1'])
    rmSync(hostsFile)
    skip(1_100)
    expect(await addressesOf(removed, 'gone.test')).toEqual(['93.184.216.34'])
  })

  test('is not needed for localhost and the names below it, which no name server is asked for', async () => {
    await using dns = await startDnsServer(() => ['93.184.216.34'])
    using resolver = new NameResolver([dns.address], hostsFile)
    for (const name of ['localhost', 'LOCALHOST.', 'app.localhost']) {
      expect(await addressesOf(resolver, name), name).toEqual(['127.0.0.1', '::1'])
    }
    expect(dns.questions).toEqual([])
    expect(await addressesOf(resolver, 'notlocalhost')).toEqual(['93.184.216.34'])
  })
})
