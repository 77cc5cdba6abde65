import { iso, letters, type ProviderSamples, seconds } from './sample.ts'

/** Slack, Discord and Telegram: ids that count up with time. */
function snowflake(now: number): string {
  return String((BigInt(now) - 1_420_070_400_000n) * 4_194_304n + BigInt(Math.floor(Math.random() * 4_096)))
}

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString()
}

const formType = 'application/x-www-form-urlencoded'

/** Chat, calls, mail and social networks. */
export const talkSamples: Readonly<Record<string, ProviderSamples>> = {
  slack: {
    newId: () => `Ev${letters(9).toUpperCase()}`,
    events: {
      message: {
        body: ({ id, now }) => ({
          token: 'no longer used',
          team_id: 'T0000000001',
          api_app_id: 'A0000000001',
          type: 'event_callback',
          event_id: id,
          event_time: seconds(now),
          event: {
            type: 'message',
            channel: 'C0000000001',
            channel_type: 'channel',
            user: 'U0000000001',
            text: 'A horn is heard in the valley',
            ts: `${seconds(now)}.000100`,
            event_ts: `${seconds(now)}.000100`,
          },
          authorizations: [{ team_id: 'T0000000001', user_id: 'U0000000002', is_bot: true }],
        }),
      },
    },
  },
  'discord-events': {
    events: {
      APPLICATION_AUTHORIZED: {
        body: ({ now }) => ({
          version: 1,
          application_id: '1234560123453231555',
          type: 1,
          event: {
            type: 'APPLICATION_AUTHORIZED',
            timestamp: iso(now),
            data: {
              integration_type: 1,
              scopes: ['applications.commands'],
              user: { id: snowflake(now), username: 'ada', global_name: 'Ada' },
            },
          },
        }),
      },
    },
  },
  'discord-interactions': {
    newId: snowflake,
    events: {
      greet: {
        body: ({ id }) => ({
          id,
          application_id: '1234560123453231555',
          type: 2,
          version: 1,
          token: letters(40),
          guild_id: '290926798626357999',
          channel_id: '645027906669510667',
          locale: 'en-US',
          data: {
            id: '771825006014889984',
            name: 'greet',
            type: 1,
            options: [{ name: 'whom', type: 3, value: 'Ada' }],
          },
          member: { user: { id: '53908232506183680', username: 'ada' }, roles: [], permissions: '0' },
        }),
      },
    },
  },
  telegram: {
    newId: (now) => String(now % 2_000_000_000),
    events: {
      message: {
        body: ({ id, now }) => ({
          update_id: /^\d{1,15}$/.test(id) ? Number(id) : id,
          message: {
            message_id: 1365,
            date: seconds(now),
            from: { id: 1111111, is_bot: false, first_name: 'Ada', username: 'ada', language_code: 'en' },
            chat: { id: 1111111, type: 'private', first_name: 'Ada', username: 'ada' },
            text: '/greet',
            entities: [{ offset: 0, length: 6, type: 'bot_command' }],
          },
        }),
      },
    },
  },
  zoom: {
    events: {
      'meeting.started': {
        body: ({ now }) => ({
          event: 'meeting.started',
          event_ts: now,
          payload: {
            account_id: 'AAAAAABBBB',
            object: {
              id: '1234567890',
              uuid: '4444AAAiAAAAAiAiAiiAii==',
              host_id: 'x1yCzABCDEfg23HiJKl4mN',
              topic: 'Rehearsal',
              type: 8,
              start_time: iso(now),
              duration: 60,
              timezone: 'Europe/Zurich',
            },
          },
        }),
      },
    },
  },
  twilio: {
    events: {
      sms: {
        contentType: formType,
        headers: [['User-Agent', 'TwilioProxy/1.1']],
        body: () =>
          form({
            ToCountry: 'CH',
            SmsMessageSid: 'SM00000000000000000000000000000001',
            NumMedia: '0',
            MessageSid: `SM${letters(32)}`,
            SmsStatus: 'received',
            Body: 'Is anybody there? 🎺',
            To: '+41790000001',
            From: '+41790000002',
            NumSegments: '1',
            AccountSid: 'AC00000000000000000000000000000001',
            ApiVersion: '2010-04-01',
          }),
      },
    },
  },
  sendgrid: {
    // What is signed with the body, and unlike other ids a time.
    newId: (now) => String(seconds(now)),
    events: {
      batch: {
        body: ({ now }) =>
          ['processed', 'delivered', 'open'].map((event, index) => ({
            email: 'ada@example.com',
            timestamp: seconds(now) + index,
            'smtp-id': '<14c5d75ce93.dfd.64b469@ismtpd-555>',
            event,
            category: ['greeting'],
            sg_event_id: letters(22),
            sg_message_id: '14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0',
          })),
      },
    },
  },
  meta: {
    events: {
      page: {
        body: ({ now }) => ({
          object: 'page',
          entry: [
            {
              id: '104000000000001',
              time: now,
              messaging: [
                {
                  sender: { id: '900000000000001' },
                  recipient: { id: '104000000000001' },
                  timestamp: now,
                  message: { mid: `m_${letters(20)}`, text: 'Is anybody there?' },
                },
              ],
            },
          ],
        }),
      },
      instagram: {
        body: ({ now }) => ({
          object: 'instagram',
          entry: [
            {
              id: '178000000000001',
              time: seconds(now),
              changes: [
                {
                  field: 'comments',
                  value: {
                    id: letters(17),
                    text: 'Louder!',
                    from: { id: '900000000000001', username: 'ada' },
                  },
                },
              ],
            },
          ],
        }),
      },
    },
  },
  whatsapp: {
    events: {
      messages: {
        body: ({ now }) => ({
          object: 'whatsapp_business_account',
          entry: [
            {
              id: '102290129340398',
              changes: [
                {
                  field: 'messages',
                  value: {
                    messaging_product: 'whatsapp',
                    metadata: { display_phone_number: '41790000001', phone_number_id: '106540352242922' },
                    contacts: [{ profile: { name: 'Ada' }, wa_id: '41790000002' }],
                    messages: [
                      {
                        from: '41790000002',
                        id: `wamid.${letters(32)}`,
                        timestamp: String(seconds(now)),
                        type: 'text',
                        text: { body: 'Is anybody there?' },
                      },
                    ],
                  },
                },
              ],
            },
          ],
        }),
      },
    },
  },
}
