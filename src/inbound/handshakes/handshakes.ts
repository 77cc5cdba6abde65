import type { HandshakeName, ProviderRow } from '../row.ts'
import type { Proof } from '../schemes/proof.ts'
import type { RequestView } from '../view.ts'
import type { Refusal, SourceSettings, Tools } from '../verify.ts'
import { adobeSign, cloudevents, meta, websub } from './consent.ts'
import type { Answered, Handshake, NamedEvent } from './handshake.ts'
import { dropbox, graph, monday, okta, trello } from './echo.ts'
import { x, zoom } from './possession.ts'
import { asana, notion } from './secret-delivery.ts'
import { discord, discordEvents, eventGrid, front, slack, twitch, xero } from './signed-challenge.ts'
import { sns } from './subscription.ts'

const handshakes: Readonly<Record<HandshakeName, Handshake>> = {
  'adobe-sign': adobeSign,
  asana,
  cloudevents,
  discord,
  'discord-events': discordEvents,
  dropbox,
  'event-grid': eventGrid,
  front,
  graph,
  meta,
  monday,
  notion,
  okta,
  slack,
  sns,
  trello,
  twitch,
  websub,
  x,
  xero,
  zoom,
}

export function openHandshake(
  view: RequestView,
  row: ProviderRow,
  settings: SourceSettings,
): Answered | Refusal | null {
  for (const name of row.handshakes ?? []) {
    const verdict = handshakes[name].open?.(view, settings) ?? null
    if (verdict !== null) return verdict
  }
  return null
}

export async function provenHandshake(
  view: RequestView,
  row: ProviderRow,
  proof: Proof,
  tools: Tools,
): Promise<Answered | Refusal | NamedEvent | null> {
  for (const name of row.handshakes ?? []) {
    const verdict = (await handshakes[name].proven?.(view, proof, tools)) ?? null
    if (verdict !== null) return verdict
  }
  return null
}
