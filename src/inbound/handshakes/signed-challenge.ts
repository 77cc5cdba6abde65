import { scalarAt, valueAt } from '../view.ts'
import { answered, bodyText, type Handshake, json, text } from './handshake.ts'

/** Slack: a signed `url_verification`, whose challenge comes back. */
export const slack: Handshake = {
  proven(view) {
    const challenge = bodyText(view, 'challenge')
    return bodyText(view, 'type') === 'url_verification' && challenge !== null ? text(challenge) : null
  },
}

/** Twitch EventSub: a signed challenge; the end of a subscription is an event of its own type. */
export const twitch: Handshake = {
  proven(view) {
    const [type] = view.header('twitch-eventsub-message-type')
    if (type === 'revocation') return { kind: 'event', eventType: 'revocation' }
    const challenge = bodyText(view, 'challenge')
    return type === 'webhook_callback_verification' && challenge !== null ? text(challenge) : null
  },
}

/** Discord, interactions: PING is type 1. */
export const discord: Handshake = {
  proven: (view) => (valueAt(view.json(), 'type') === 1 ? json({ type: 1 }) : null),
}

/** Discord, webhook events: PING is type 0, answered without a body. */
export const discordEvents: Handshake = {
  proven: (view) =>
    valueAt(view.json(), 'type') === 0 ? answered({ status: 204, contentType: null, body: '' }) : null,
}

/** Front: a signed request with a challenge in its header, which comes back. */
export const front: Handshake = {
  proven({ header }) {
    const [challenge] = header('x-front-challenge')
    return challenge === undefined ? null : text(challenge)
  },
}

/** Azure Event Grid, its own schema: an event whose code comes back. */
export const eventGrid: Handshake = {
  proven(view) {
    if (view.header('aeg-event-type')[0]?.toLowerCase() !== 'subscriptionvalidation') return null
    const code = scalarAt(view.json(), '0.data.validationCode')
    return code === null ? null : json({ validationResponse: code })
  },
}

/** Xero, "intent to receive": no events, some of them wrongly signed on purpose. The right ones want 200 and no body. */
export const xero: Handshake = {
  proven(view) {
    const events = valueAt(view.json(), 'events')
    return Array.isArray(events) && events.length === 0
      ? answered({ status: 200, contentType: null, body: '' })
      : null
  },
}
