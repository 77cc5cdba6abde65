import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fakeTools, now, send, settingsFor, snsBody, sourceUrl } from '#test/support/inbound-senders.ts'
import { type InboundRequest, type SourceSettings, verify } from '../verify.ts'

const tools = fakeTools()

function ask(
  method: string,
  query = '',
  headers: InboundRequest['headers'] = [],
  body: string | Uint8Array = '',
): InboundRequest {
  return {
    method,
    url: `https://in.example.com/in/abc${query}`,
    headers,
    body: Buffer.from(body),
    receivedAt: now,
  }
}

async function judge(provider: string, request: InboundRequest, more: Partial<SourceSettings> = {}) {
  return verify(request, { ...settingsFor(provider).settings, ...more }, tools)
}

async function signed(provider: string, body: unknown, more: InboundRequest['headers'] = []) {
  const request = await send(provider, Buffer.from(JSON.stringify(body)))
  if (request === null) throw new Error(`${provider} cannot be signed for`)
  const replaced = new Set(more.map(([name]) => name.toLowerCase()))
  const kept = request.headers.filter(([name]) => !replaced.has(name.toLowerCase()))
  return { ...request, headers: [...kept, ...more] }
}

const answered = (answer: object) => ({ kind: 'answered', answer })
const refused = (reason: string) => ({ kind: 'refused', reason })
const unsigned = ({ headers, ...rest }: InboundRequest): InboundRequest => ({
  ...rest,
  headers: headers.filter(([name]) => name === 'content-type'),
})

describe('Slack', () => {
  const body = { type: 'url_verification', challenge: 'c'.repeat(40), token: 't' }

  test('gets its challenge back, if it signed it', async () => {
    const request = await signed('slack', body)
    expect(await judge('slack', request)).toMatchObject(answered({ status: 200, body: body.challenge }))
    expect(await judge('slack', unsigned(request))).toMatchObject(refused('missing_signature'))
  })
})

describe('Zoom', () => {
  const body = (plainToken: string) => ({ event: 'endpoint.url_validation', payload: { plainToken } })

  test('gets the token and its HMAC back', async () => {
    const [secret = ''] = settingsFor('zoom').settings.secrets
    const encryptedToken = createHmac('sha256', secret).update('qgg8vlvZRS6UYooatFL8Aw').digest('hex')
    const verdict = await judge('zoom', await signed('zoom', body('qgg8vlvZRS6UYooatFL8Aw')))
    expect(verdict).toMatchObject(
      answered({ body: JSON.stringify({ plainToken: 'qgg8vlvZRS6UYooatFL8Aw', encryptedToken }) }),
    )
  })

  test('has nothing signed that could be an event, and nothing at all without a signature', async () => {
    const forged = `v0:${now / 1000}:{"event":"meeting.started"}`
    expect(await judge('zoom', await signed('zoom', body(forged)))).toMatchObject(
      refused('handshake_refused'),
    )
    expect(await judge('zoom', unsigned(await signed('zoom', body('abc'))))).toMatchObject(
      refused('missing_signature'),
    )
  })
})

describe('X', () => {
  test('gets the HMAC of its token by GET', async () => {
    const [secret = ''] = settingsFor('x').settings.secrets
    const hmac = createHmac('sha256', secret).update('token-1').digest('base64')
    expect(await judge('x', ask('GET', '?crc_token=token-1&nonce=n'))).toMatchObject(
      answered({
        status: 200,
        contentType: 'application/json',
        body: JSON.stringify({ response_token: `sha256=${hmac}` }),
      }),
    )
  })

  test('has no body signed by way of the token', async () => {
    const query = `?crc_token=${encodeURIComponent('{"for_user_id":"1"}')}`
    expect(await judge('x', ask('GET', query))).toMatchObject(refused('handshake_refused'))
    expect(await judge('x', ask('GET', '?crc_token=a'), { secrets: [''] })).toMatchObject(
      refused('no_secret'),
    )
  })
})

describe('Meta', () => {
  const query = (token: string, challenge = '1158201444') =>
    `?hub.mode=subscribe&hub.challenge=${encodeURIComponent(challenge)}&hub.verify_token=${token}`

  test('gets its challenge back for the token that was agreed on', async () => {
    expect(await judge('meta', ask('GET', query('agreed')))).toMatchObject(
      answered({ status: 200, contentType: 'text/plain; charset=utf-8', body: '1158201444' }),
    )
  })

  test('is refused for another token, or where none was agreed on', async () => {
    expect(await judge('meta', ask('GET', query('other')))).toMatchObject(refused('handshake_refused'))
    expect(await judge('meta', ask('GET', query('')), { options: {} })).toMatchObject(
      refused('handshake_refused'),
    )
    expect(await judge('whatsapp', ask('GET', query('agreed', '<script>')))).toMatchObject(
      refused('handshake_refused'),
    )
  })
})

describe('Adobe Acrobat Sign', () => {
  const [clientId = ''] = settingsFor('adobe-sign').settings.secrets
  const own = [['X-AdobeSign-ClientId', clientId]] as const

  test('gets its client id back in the header', async () => {
    expect(await judge('adobe-sign', ask('GET', '', own))).toMatchObject(
      answered({ status: 200, headers: own }),
    )
    expect(await judge('adobe-sign', ask('POST', '', own, '{}'))).toMatchObject({
      kind: 'accepted',
      answer: { status: 200, headers: own },
    })
  })

  test('gets nothing back for another client id, without one, and where the source has none', async () => {
    const other = [['X-AdobeSign-ClientId', 'other']] as const
    expect(await judge('adobe-sign', ask('GET', '', other))).toMatchObject(refused('handshake_refused'))
    expect(await judge('adobe-sign', ask('GET', '', own), { secrets: [] })).toMatchObject(
      refused('handshake_refused'),
    )
    expect(await judge('adobe-sign', ask('GET'))).toMatchObject(refused('unsupported_method'))
  })
})

describe('Twitch', () => {
  const type = (value: string) => [['Twitch-Eventsub-Message-Type', value]] as const

  test('gets its challenge back as plain text, if it signed it', async () => {
    const request = await signed(
      'twitch',
      { challenge: 'pogchamp-kappa' },
      type('webhook_callback_verification'),
    )
    expect(await judge('twitch', request)).toMatchObject(answered({ body: 'pogchamp-kappa' }))
    expect((await judge('twitch', { ...request, body: Buffer.from('{}') })).kind).toBe('refused')
  })

  test('ends a subscription with an event of its own type', async () => {
    const request = await signed(
      'twitch',
      { subscription: { status: 'authorization_revoked' } },
      type('revocation'),
    )
    expect(await judge('twitch', request)).toMatchObject({
      kind: 'accepted',
      messages: [{ eventType: 'revocation' }],
    })
    const notification = await signed('twitch', { event: {} }, type('notification'))
    expect(await judge('twitch', notification)).toMatchObject({
      kind: 'accepted',
      messages: [{ eventType: 'thing.happened', id: 'id-1' }],
    })
  })
})

describe('Discord', () => {
  test('is answered a PING of interactions with PONG, and one of events with 204', async () => {
    expect(
      await judge('discord-interactions', await signed('discord-interactions', { type: 1 })),
    ).toMatchObject(answered({ status: 200, body: '{"type":1}' }))
    expect(await judge('discord-events', await signed('discord-events', { type: 0 }))).toMatchObject(
      answered({ status: 204, body: '' }),
    )
    expect((await judge('discord-events', await signed('discord-events', { type: 1 }))).kind).toBe('accepted')
  })

  test('gets 401 for the bad signatures that it sends on purpose', async () => {
    const request = await signed('discord-interactions', { type: 1 }, [
      ['X-Signature-Ed25519', 'ab'.repeat(64)],
    ])
    expect(await judge('discord-interactions', request)).toMatchObject({
      ...refused('bad_signature'),
      status: 401,
    })
  })
})

test('Okta gets its challenge back as JSON', async () => {
  const request = ask('GET', '', [['x-okta-verification-challenge', 'my "challenge"']])
  expect(await judge('okta', request)).toMatchObject(
    answered({ contentType: 'application/json', body: '{"verification":"my \\"challenge\\""}' }),
  )
})

test('Dropbox and Microsoft Graph get theirs back as plain text that no browser runs', async () => {
  const nosniff = {
    headers: [['x-content-type-options', 'nosniff']],
    contentType: 'text/plain; charset=utf-8',
  }
  expect(await judge('dropbox', ask('GET', '?challenge=abc'))).toMatchObject(
    answered({ ...nosniff, body: 'abc' }),
  )
  expect(await judge('microsoft-graph', ask('POST', '?validationToken=Validation%3A+a%2Bb'))).toMatchObject(
    answered({ ...nosniff, status: 200, body: 'Validation: a+b' }),
  )
  expect(await judge('dropbox', ask('GET', `?challenge=${'a'.repeat(5_000)}`))).toMatchObject(
    refused('handshake_refused'),
  )
})

test('monday.com gets a challenge back that comes alone, and nothing else unsigned', async () => {
  expect(await judge('monday', ask('POST', '', [], '{"challenge":"c1"}'))).toMatchObject(
    answered({ body: '{"challenge":"c1"}' }),
  )
  expect(await judge('monday', ask('POST', '', [], '{"challenge":"c1","event":{}}'))).toMatchObject(
    refused('missing_signature'),
  )
})

test('Trello may ask by HEAD', async () => {
  expect(await judge('trello', ask('HEAD'))).toMatchObject(answered({ status: 200, body: '' }))
})

test('Front gets its signed challenge back', async () => {
  const request = await signed('front', {}, [['X-Front-Challenge', 'c1']])
  expect(await judge('front', request)).toMatchObject(answered({ body: 'c1' }))
})

test('Xero gets 200 for a right "intent to receive" and 401 for a wrong one, both empty', async () => {
  const request = await signed('xero', { events: [], firstEventSequence: 0 })
  expect(await judge('xero', request)).toMatchObject(answered({ status: 200, body: '' }))
  const wrong = await signed('xero', { events: [] }, [
    ['x-xero-signature', Buffer.alloc(32).toString('base64')],
  ])
  expect(await judge('xero', wrong)).toMatchObject({ ...refused('bad_signature'), status: 401 })
})

describe('Asana', () => {
  const request = ask('POST', '', [['X-Hook-Secret', 'b537207f20cbfa02357cf448134da559']])

  test('gives its secret while the source has none', async () => {
    expect(await judge('asana', request, { secrets: [] })).toMatchObject({
      kind: 'answered',
      learnedSecret: 'b537207f20cbfa02357cf448134da559',
      answer: { status: 200, headers: [['x-hook-secret', 'b537207f20cbfa02357cf448134da559']] },
    })
  })

  test('is answered alike when it gives the same again, and refused when it gives another', async () => {
    const again = await judge('asana', request, { secrets: ['b537207f20cbfa02357cf448134da559'] })
    expect(again).toMatchObject({ kind: 'answered' })
    expect(again).not.toHaveProperty('learnedSecret')
    expect(await judge('asana', request)).toMatchObject(refused('handshake_refused'))
  })
})

describe('Notion', () => {
  const request = ask(
    'POST',
    '',
    [],
    '{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}',
  )

  test('gives its secret while the source has none', async () => {
    expect(await judge('notion', request, { secrets: [] })).toMatchObject({
      kind: 'answered',
      learnedSecret: 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl',
    })
    expect(await judge('notion', request)).toMatchObject(refused('handshake_refused'))
  })
})

describe('AWS SNS', () => {
  const SubscribeURL = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t'
  const confirmation = (url: string) =>
    ask(
      'POST',
      '',
      [['content-type', 'text/plain']],
      snsBody({ Type: 'SubscriptionConfirmation', Token: 't', SubscribeURL: url }),
    )
  const { settings } = settingsFor('aws-sns')

  test('has its subscription confirmed at its own host', async () => {
    const own = fakeTools({ [SubscribeURL]: '<xml/>' })
    expect(await verify(confirmation(SubscribeURL), settings, own)).toMatchObject(answered({ status: 200 }))
    expect(own.fetched).toContain(SubscribeURL)
  })

  test('has no other host fetched, and asks again where AWS does not confirm', async () => {
    for (const url of [
      'https://sns.evil.example/?x',
      'http://sns.eu-west-1.amazonaws.com/?x',
      'https://sns.eu-west-1.amazonaws.com.evil.example/?x',
      'https://user@sns.eu-west-1.amazonaws.com/?x',
      'https://sns.eu-west-1.amazonaws.com:8443/?x',
    ]) {
      const own = fakeTools({ [url]: 'x' })
      expect(await verify(confirmation(url), settings, own)).toMatchObject(
        refused('untrusted_certificate_url'),
      )
      expect(own.fetched).not.toContain(url)
    }
    expect(await verify(confirmation(SubscribeURL), settings, fakeTools())).toMatchObject({ status: 503 })
  })
})

describe('Azure Event Grid', () => {
  const body =
    '[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6"}}]'
  const headers = [
    ['content-type', 'application/json'],
    ['aeg-event-type', 'SubscriptionValidation'],
  ] as const

  test('gets its code back, if it knows the secret', async () => {
    const request = ask('POST', '?code=token-0123456789abcdef', headers, body)
    expect(await judge('azure-event-grid', request)).toMatchObject(
      answered({ body: '{"validationResponse":"512d38b6"}' }),
    )
    expect(await judge('azure-event-grid', ask('POST', '?code=x', headers, body))).toMatchObject(
      refused('bad_signature'),
    )
  })
})

describe('CloudEvents', () => {
  const origin = ['WebHook-Request-Origin', 'eventemitter.example.com'] as const

  test('is granted permission in the answer to OPTIONS', async () => {
    const request = ask('OPTIONS', '', [
      origin,
      ['WebHook-Request-Rate', '120'],
      ['WebHook-Request-Callback', 'https://a.test'],
    ])
    const own = fakeTools()
    const { settings } = settingsFor('cloudevents')
    expect(await verify(request, settings, own)).toMatchObject(
      answered({
        status: 200,
        headers: [
          ['allow', 'POST'],
          ['webhook-allowed-origin', 'eventemitter.example.com'],
          ['webhook-allowed-rate', '120'],
        ],
      }),
    )
    expect(own.fetched).toEqual([])
  })

  test('is refused for another origin than the source allows, and without one', async () => {
    const options = { allowedOrigin: 'other.example.com' }
    expect(await judge('cloudevents', ask('OPTIONS', '', [origin]), { options })).toMatchObject(
      refused('handshake_refused'),
    )
    expect(await judge('cloudevents', ask('OPTIONS'))).toMatchObject(refused('handshake_refused'))
  })
})

describe('WebSub', () => {
  const query = (mode: string, topic: string) =>
    `?hub.mode=${mode}&hub.topic=${encodeURIComponent(topic)}&hub.challenge=c1&hub.lease_seconds=864000`

  test('has the subscription confirmed that the source is for', async () => {
    expect(
      await judge('websub', ask('GET', query('subscribe', 'https://feed.example.com/atom'))),
    ).toMatchObject(answered({ status: 200, body: 'c1' }))
  })

  test('has no other confirmed, nor its end', async () => {
    for (const [mode, topic] of [
      ['subscribe', 'https://feed.example.com/other'],
      ['unsubscribe', 'https://feed.example.com/atom'],
    ] as const) {
      expect(await judge('websub', ask('GET', query(mode, topic)))).toMatchObject({ status: 404 })
    }
    expect(await judge('websub', ask('GET', '?hub.mode=denied'))).toMatchObject({ kind: 'answered' })
  })

  test('may sign with any of its four algorithms', async () => {
    const [secret = ''] = settingsFor('websub').settings.secrets
    for (const algorithm of ['sha1', 'sha256', 'sha384', 'sha512']) {
      const hmac = createHmac(algorithm, secret).update('<feed/>').digest('hex')
      const header = ['X-Hub-Signature', `${algorithm}=${hmac}`] as const
      expect((await judge('websub', ask('POST', '', [header], '<feed/>'))).kind).toBe('accepted')
    }
    const md5 = createHmac('md5', secret).update('<feed/>').digest('hex')
    expect(
      await judge('websub', ask('POST', '', [['X-Hub-Signature', `md5=${md5}`]], '<feed/>')),
    ).toMatchObject(refused('malformed_signature'))
  })
})

test('a handshake of one provider is none of another', async () => {
  expect(sourceUrl).toContain('?')
  for (const [method, query] of [
    ['GET', '?challenge=a'],
    ['GET', '?crc_token=a'],
    ['GET', '?hub.mode=subscribe&hub.challenge=1'],
    ['OPTIONS', ''],
    ['HEAD', ''],
  ] as const) {
    expect(await judge('github', ask(method, query))).toMatchObject(refused('unsupported_method'))
  }
})
