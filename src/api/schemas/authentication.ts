import { z } from 'zod'
import { capabilities } from '../tokens.ts'
import { applicationIn } from './application.ts'
import { uidPattern, uniqueArray } from './common.ts'

const sessionId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-zA-Z0-9@_-]+$/)

const capability = z.enum(capabilities).meta({ id: 'AppPortalCapability' })

export const appPortalAccessIn = z
  .object({
    application: applicationIn.nullish().describe('Creates the application where it is missing'),
    featureFlags: uniqueArray(z.string().max(256).regex(uidPattern), 0, 25).optional(),
    expiry: z
      .int()
      .min(3_600)
      .max(604_800)
      .nullish()
      .describe('Seconds that the token lives; a week by default'),
    readOnly: z
      .boolean()
      .nullish()
      .meta({ deprecated: true, description: 'The same as the capability ViewBase alone' }),
    capabilities: uniqueArray(capability, 0, null).nullish(),
    sessionId: sessionId.nullish().describe('Lets the tokens of one session be expired together'),
  })
  .meta({ id: 'AppPortalAccessIn' })

export const appPortalAccessOut = z
  .object({ token: z.string(), url: z.string() })
  .meta({ id: 'AppPortalAccessOut' })

export const applicationTokenExpireIn = z
  .object({
    expiry: z
      .int()
      .min(0)
      .max(259_200)
      .nullish()
      .describe('Seconds from now until the tokens end; at once by default'),
    sessionIds: z.array(sessionId).max(1_000).optional().describe('Only tokens of these sessions'),
  })
  .meta({ id: 'ApplicationTokenExpireIn' })

export const whoamiOut = z
  .object({
    envId: z.string().nullable().optional().describe('The organisation'),
    appId: z.string().nullable().optional().describe('Of a portal token: its application'),
    streamAppId: z.string().nullable().optional().describe('Always null: there are no streams here'),
    permissionSource: z
      .enum(['OidcJwt', 'SvixJwt', 'RegionalAuthToken', 'GlobalAuthToken', 'Unknown'])
      .describe('SvixJwt: tokens are JWTs that this server signs')
      .meta({ id: 'AuthenticationSource' }),
    sessionId: z.string().nullable().optional().describe('Null where the token names none'),
    capabilities: z.array(capability).describe('What it may do; an organisation’s token may do all'),
    readOnly: z.boolean().describe('It may look, and nothing else'),
    featureFlags: z
      .array(z.string())
      .nullable()
      .describe('Which event types it is shown beside those without a flag; null for all'),
  })
  .meta({ id: 'WhoamiOut' })
