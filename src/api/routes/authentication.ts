import { z } from 'zod'
import type { Application } from '#core/application.ts'
import { invalid, notFound } from '#core/errors.ts'
import { newApplication } from '#service/create-application.ts'
import type { ApiParts } from '../parts.ts'
import { type AnyRoute, noContent, ok, type RequestContext, route, type Tools } from '../route.ts'
import {
  appPortalAccessIn,
  appPortalAccessOut,
  applicationTokenExpireIn,
  whoamiOut,
} from '../schemas/authentication.ts'
import { reference } from '../schemas/common.ts'
import { type Caller, capabilities, signApplicationToken } from '../tokens.ts'

const tag = 'Authentication'
const params = z.object({ app_id: reference })
const weekSeconds = 604_800

/** The application, created from the request's own description where it is missing. */
async function applicationFor(
  storage: ApiParts['storage'],
  orgId: string,
  ref: string,
  described: z.infer<typeof appPortalAccessIn>['application'],
): Promise<Application> {
  const existing = await storage.findApplication(orgId, ref)
  if (existing !== null) return existing
  if (described == null) throw notFound()
  if (described.uid !== ref) {
    throw invalid(
      ['body', 'application', 'uid'],
      'must be the application in the path',
      'application_uid_mismatch',
    )
  }
  const application = newApplication(orgId, described, Date.now(), ['body', 'application'])
  const result = await storage.insertApplication(application, null)
  const stored = result.kind === 'stored' ? application : await storage.findApplication(orgId, ref)
  if (stored === null) throw notFound()
  return stored
}

async function portalAccess(
  {
    caller,
    params: { app_id },
    body,
  }: RequestContext<z.infer<typeof params>, unknown, z.infer<typeof appPortalAccessIn>>,
  { parts }: Tools,
) {
  const application = await applicationFor(parts.storage, caller.orgId, app_id, body.application)
  const token = await signApplicationToken(
    parts.jwtKeys,
    {
      orgId: caller.orgId,
      appId: application.id,
      expiresInSeconds: body.expiry ?? weekSeconds,
      capabilities: body.readOnly === true ? ['ViewBase'] : (body.capabilities ?? null),
      featureFlags: body.featureFlags ?? [],
      sessionId: body.sessionId ?? null,
    },
    Date.now(),
  )
  const key = Buffer.from(JSON.stringify({ appId: application.id, token })).toString('base64url')
  return ok({ token, url: `${parts.publicUrl}/#key=${key}` })
}

/** What a token stands for. A session that it does not name is the server's own matter. */
function describeCaller(caller: Caller) {
  const ofAll = { envId: caller.orgId, streamAppId: null, permissionSource: 'SvixJwt' }
  if (caller.kind === 'organisation') {
    return { ...ofAll, appId: null, sessionId: null, capabilities, readOnly: false, featureFlags: null }
  }
  const may = [...caller.capabilities]
  return {
    ...ofAll,
    appId: caller.appId,
    sessionId: caller.sessionId.startsWith('.') ? null : caller.sessionId,
    capabilities: may,
    readOnly: may.every((each) => each === 'ViewBase'),
    featureFlags: caller.featureFlags,
  }
}

const accessRoute = {
  method: 'POST',
  tag,
  access: 'organisation',
  params,
  body: appPortalAccessIn,
  isBodyOptional: true,
  responses: { 200: { description: 'The token, and a link that carries it', schema: appPortalAccessOut } },
  handle: portalAccess,
} as const

export const portalAccessRoute = route({
  ...accessRoute,
  path: '/api/v1/auth/app-portal-access/{app_id}',
  operationId: 'v1.authentication.app-portal-access',
  summary: 'Get a portal token for an application',
})

export const authenticationRoutes: readonly AnyRoute[] = [
  portalAccessRoute,
  route({
    ...accessRoute,
    path: '/api/v1/auth/dashboard-access/{app_id}',
    operationId: 'v1.authentication.dashboard-access',
    summary: 'Older name of app-portal-access',
    isDeprecated: true,
  }),
  route({
    method: 'GET',
    path: '/api/v1/auth/whoami',
    operationId: 'v1.authentication.whoami',
    tag,
    summary: 'Ask what the token that asks stands for',
    access: 'portal',
    responses: { 200: { description: 'Whose it is and what it may do', schema: whoamiOut } },
    handle: ({ caller }) => Promise.resolve(ok(describeCaller(caller))),
  }),
  route({
    method: 'POST',
    path: '/api/v1/auth/logout',
    operationId: 'v1.authentication.logout',
    tag,
    summary: 'End the portal token that asks',
    description: 'Tokens of its session made before it end, too.',
    access: 'portal',
    responses: { 204: { description: 'The token is void' } },
    async handle({ caller }, { parts: { storage }, access }) {
      if (caller.kind === 'organisation') {
        throw invalid(
          ['header', 'authorization'],
          'an organisation token is ended by rotating POSTHORN_JWT_SECRET',
        )
      }
      await storage.expireApplicationTokens(caller.appId, caller.issuedAt + 1, [caller.sessionId], Date.now())
      access.forget()
      return noContent
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/auth/app/{app_id}/expire-all',
    operationId: 'v1.authentication.expire-all',
    tag,
    summary: 'End the portal tokens of an application',
    access: 'organisation',
    params,
    body: applicationTokenExpireIn,
    isBodyOptional: true,
    responses: { 204: { description: 'They end' } },
    async handle({ caller, params: { app_id }, body }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, app_id)
      const now = Date.now()
      await storage.expireApplicationTokens(id, now, body.sessionIds ?? null, now + (body.expiry ?? 0) * 1000)
      access.forget()
      return noContent
    },
  }),
]
