import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { buildConnector } from 'undici'
import type { AddressGuard } from './address-guard.ts'
import { ConnectFailure, wordsOf } from './failure.ts'
import type { NameResolver } from './resolver.ts'

/**
 * Of several addresses, the next is tried after this long: long enough for the second SYN, which is sent after 1 s, and
 * short beside a deadline.
 */
const addressAttemptMs = 2_000
const maxTlsSessions = 1_000

/** Begins to connect; null if that is refused at once. The callback is called once, with a socket ready to be written. */
export type OpenSocket = (to: buildConnector.Options, callback: buildConnector.Callback) => Socket | null

/**
 * Connects only to addresses that the guard lets through. A name's answer is checked as a whole and handed on as it
 * was checked: it is not resolved a second time, so a name that changes its mind gains nothing. What the socket says
 * it is connected to is checked once more.
 *
 * The socket is given out at once: whoever loses patience must be able to destroy it while it still connects, which the
 * operating system would go on with for two minutes.
 */
export function guardedConnector(guard: AddressGuard, resolver: NameResolver): OpenSocket {
  const lookup = guardedLookup(guard, resolver)
  const sessions = new TlsSessions()
  return ({ hostname, protocol, port }, callback) => {
    const isLiteral = isIP(hostname) !== 0
    // Look-ups are skipped for literal addresses, so these are judged here.
    const denial = isLiteral ? guard.denial(hostname) : null
    if (denial !== null) {
      callback(new ConnectFailure('address-denied', denial), null)
      return null
    }
    const isTls = protocol === 'https:'
    const to = {
      host: hostname,
      port: port === '' ? (isTls ? 443 : 80) : Number(port),
      lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: addressAttemptMs,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    }
    const peer = `${hostname}:${to.port}`
    const socket = isTls
      ? connectTls({
          ...to,
          ...sessions.of(peer),
          ...(isLiteral ? {} : { servername: hostname }),
          ALPNProtocols: ['http/1.1'],
        })
      : connectTcp(to)
    if (isTls) socket.on('session', (session: Buffer) => sessions.keep(peer, session))

    let isSettled = false
    let isConnected = false
    const fail = (failure: ConnectFailure): void => {
      if (isSettled) return
      isSettled = true
      callback(failure, null)
    }
    socket.once('connect', () => {
      isConnected = true
      const reached = guard.denial(socket.remoteAddress ?? '')
      if (reached !== null) socket.destroy(new ConnectFailure('address-denied', reached))
    })
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      if (isSettled || socket.destroyed) return
      isSettled = true
      callback(null, socket)
    })
    // Stays for as long as the socket lives: one that is given up must not end the process by its error.
    socket.on('error', (error) => {
      if (isSettled) return
      sessions.forget(peer)
      fail(
        error instanceof ConnectFailure
          ? error
          : new ConnectFailure(isConnected ? 'tls' : 'connect', wordsOf(error)),
      )
    })
    socket.once('close', () => fail(new ConnectFailure('connect', 'the connection was closed here')))
    return socket
  }
}

function guardedLookup(guard: AddressGuard, resolver: NameResolver): LookupFunction {
  return (hostname, options, callback) => {
    resolver.resolve(hostname).then(
      (addresses) => {
        for (const { address } of addresses) {
          const range = guard.deniedRange(address)
          if (range === null) continue
          // The address stays untold: a tenant must not learn of the operator's network by guessing names.
          const detail = `${hostname} has an address in a range that webhooks are not sent to (${range})`
          return callback(new ConnectFailure('address-denied', detail), [])
        }
        if (options.all === true) return callback(null, [...addresses])
        const [first] = addresses
        return callback(null, first?.address ?? '', first?.family ?? 4)
      },
      (error: Error) => callback(error, []),
    )
  }
}

/** Sessions that spare the next connection to the same peer half of its handshake. */
class TlsSessions {
  readonly #sessions = new Map<string, Buffer>()

  of(peer: string): { readonly session?: Buffer } {
    const session = this.#sessions.get(peer)
    return session === undefined ? {} : { session }
  }

  keep(peer: string, session: Buffer): void {
    this.#sessions.delete(peer)
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size < maxTlsSessions) break
      this.#sessions.delete(oldest)
    }
    this.#sessions.set(peer, session)
  }

  forget(peer: string): void {
    this.#sessions.delete(peer)
  }
}
