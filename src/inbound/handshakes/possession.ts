import { createHmac } from 'node:crypto'
import { refused } from '../refusal.ts'
import { bodyText, type Handshake, json } from './handshake.ts'

/**
 * What is answered here is an HMAC made with the source's secret. Whoever may choose the text could have an event signed,
 * so it is made only of texts that no event can be.
 */
const harmless = /^[A-Za-z0-9+/=_-]{1,256}$/

/** X, Challenge-Response Check: GET with `crc_token`, unsigned, answered with its HMAC. Comes hourly. */
export const x: Handshake = {
  open({ request, query }, { secrets }) {
    const [token] = query('crc_token')
    if (request.method.toUpperCase() !== 'GET' || token === undefined) return null
    const secret = secrets.find((each) => each.trim() !== '')
    if (secret === undefined) return refused('no_secret', 'The source has no secret yet')
    if (!harmless.test(token))
      return refused('handshake_refused', 'The crc_token is not of the form that X sends')
    const hmac = createHmac('sha256', secret).update(token).digest('base64')
    return json({ response_token: `sha256=${hmac}` })
  },
}

/** Zoom: a signed `endpoint.url_validation`, answered with the HMAC of its `plainToken`. Comes again every 72 hours. */
export const zoom: Handshake = {
  proven(view, { secret }) {
    if (bodyText(view, 'event') !== 'endpoint.url_validation' || secret === null) return null
    const { payload } = view.json() as { readonly payload?: { readonly plainToken?: unknown } }
    const plainToken = payload?.plainToken
    if (typeof plainToken !== 'string' || !harmless.test(plainToken)) {
      return refused('handshake_refused', 'The plainToken is not of the form that Zoom sends')
    }
    return json({ plainToken, encryptedToken: createHmac('sha256', secret).update(plainToken).digest('hex') })
  },
}
