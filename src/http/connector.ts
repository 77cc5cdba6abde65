import { isIP, type LookupFunction, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { AddressGuard } from './address-guard.ts'
import type { NameResolver } from './resolver.ts'

/** The address, or one of the name's addresses, must not be connected to. */
export class AddressDenied extends Error {
  override readonly name = 'AddressDenied'
}

/**
 * Connects only to addresses that the guard lets through. A name's answer is checked as a whole and handed on as it
 * was checked: it is not resolved a second time, so a name that changes its mind gains nothing. What the socket says
 * it is connected to is checked once more.
 */
export function guardedConnector(
  guard: AddressGuard,
  resolver: NameResolver,
  onSocket: (socket: Socket) => void,
): buildConnector.connector {
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolver.resolve(hostname).then(
      (addresses) => {
        for (const { address } of addresses) {
          const denial = guard.denial(address)
          if (denial !== null) return callback(new AddressDenied(`${hostname}: ${denial}`), [])
        }
        if (options.all === true) return callback(null, [...addresses])
        const [first] = addresses
        return callback(null, first?.address ?? '', first?.family ?? 4)
      },
      (error: Error) => callback(error, []),
    )
  }
  const connect = buildConnector({ allowH2: false, autoSelectFamily: true, timeout: 0, lookup })
  return (options, callback) => {
    // Look-ups are skipped for literal addresses, so these are judged here.
    const denial = isIP(options.hostname) === 0 ? null : guard.denial(options.hostname)
    if (denial !== null) return callback(new AddressDenied(denial), null)
    return connect(options, (...result) => {
      const [error, socket] = result
      if (error !== null) return callback(error, null)
      const reached = guard.denial(socket.remoteAddress ?? '')
      if (reached !== null) {
        socket.destroy()
        return callback(new AddressDenied(reached), null)
      }
      onSocket(socket)
      return callback(null, socket)
    })
  }
}
