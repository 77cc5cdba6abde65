import { equalTexts } from '../bytes.ts'
import { refused } from '../refusal.ts'
import { answered, type Handshake, text } from './handshake.ts'

/** Meta: GET with the token that was agreed on; its challenge comes back as plain text. */
export const meta: Handshake = {
  open({ request, query }, { options }) {
    if (request.method.toUpperCase() !== 'GET' || query('hub.mode')[0] === undefined) return null
    const challenge = query('hub.challenge')[0] ?? ''
    const isRight = equalTexts(query('hub.verify_token')[0] ?? '', options?.verifyToken ?? '')
    if (query('hub.mode')[0] === 'subscribe' && isRight && /^[\w.-]{1,256}$/.test(challenge))
      return text(challenge)
    return refused('handshake_refused', 'The verify token is not the one that the source has')
  },
}

/** Adobe Acrobat Sign: GET with the client id of the application that subscribes, which comes back in the answer's header. */
export const adobeSign: Handshake = {
  open({ request, header }, { secrets }) {
    const [clientId] = header('x-adobesign-clientid')
    if (request.method.toUpperCase() !== 'GET' || clientId === undefined) return null
    if (!secrets.some((each) => equalTexts(each, clientId)))
      return refused('handshake_refused', 'The client id is not the one that the source has')
    return answered({
      status: 200,
      contentType: null,
      body: '',
      headers: [['X-AdobeSign-ClientId', clientId]],
    })
  },
}

/** WebSub (W3C) §5.3: only the subscription that the source is for is confirmed, and never its end. */
export const websub: Handshake = {
  open({ request, query }, { options }) {
    const [mode] = query('hub.mode')
    if (request.method.toUpperCase() !== 'GET' || mode === undefined) return null
    if (mode === 'denied') return answered({ status: 200, contentType: null, body: '' })
    const [topic] = query('hub.topic')
    const challenge = query('hub.challenge')[0] ?? ''
    const isOurs = topic !== undefined && topic === options?.topic
    if (mode === 'subscribe' && isOurs && challenge !== '' && challenge.length <= 4_096)
      return text(challenge)
    // 404 tells the hub that this was not asked for.
    return { ...refused('handshake_refused', 'The source did not ask for this'), status: 404 }
  },
}

/**
 * CloudEvents HTTP WebHooks 1.0 §4: OPTIONS with `WebHook-Request-Origin` is granted at once, in the answer, so that the
 * callback URL that may come along need not be fetched. Who may send is decided by the token of each delivery.
 */
export const cloudevents: Handshake = {
  open({ request, header }, { options }) {
    if (request.method.toUpperCase() !== 'OPTIONS') return null
    const [origin] = header('webhook-request-origin')
    if (origin === undefined || !/^[\x21-\x7e]{1,255}$/.test(origin)) {
      return refused('handshake_refused', 'The request has no WebHook-Request-Origin')
    }
    const allowed = options?.allowedOrigin ?? ''
    if (allowed !== '' && allowed.toLowerCase() !== origin.toLowerCase()) {
      return refused('handshake_refused', 'The origin is not the one that the source allows')
    }
    const rate = header('webhook-request-rate')[0]
    return answered({
      status: 200,
      contentType: null,
      body: '',
      headers: [
        ['allow', 'POST'],
        ['webhook-allowed-origin', origin],
        ...(rate === undefined
          ? []
          : ([['webhook-allowed-rate', /^\d{1,9}$/.test(rate) ? rate : '*']] as const)),
      ],
    })
  },
}
