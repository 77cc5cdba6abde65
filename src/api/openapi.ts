import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import type { AnyRoute } from './route.ts'
import { routes } from './routes.ts'
import { httpErrorOut, httpValidationError } from './schemas/error.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** What every operation may answer beside what it is for. */
const commonErrors: readonly (readonly [status: string, description: string])[] = [
  ['400', 'The request cannot be carried out as it is'],
  ['401', 'The token is missing, wrong or expired'],
  ['403', 'The token does not allow this'],
  ['404', 'What is named does not exist for this token'],
  ['409', 'It contradicts what exists'],
  ['413', 'The body is too large'],
  ['415', 'The body is not JSON'],
  ['429', 'Too many requests of this tenant; see Retry-After'],
  ['503', 'The server takes nothing now; see Retry-After'],
]

const contentOf = (schema: z.ZodType, type = 'application/json') => ({ [type]: { schema } })
const json = (schema: z.ZodType) => contentOf(schema)

function operationOf(route: AnyRoute): ZodOpenApiOperationObject {
  const responses: ZodOpenApiOperationObject['responses'] = {}
  for (const [status, { description, schema, type }] of Object.entries(route.responses)) {
    responses[status as '200'] =
      schema === undefined ? { description } : { description, content: contentOf(schema, type) }
  }
  for (const [status, description] of commonErrors) {
    responses[status as '400'] = { description, content: json(httpErrorOut) }
  }
  responses['422'] = { description: 'A field is not as it must be', content: json(httpValidationError) }
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.isDeprecated === true ? { deprecated: true } : {}),
    security: [{ HTTPBearer: [] }],
    requestParams: {
      ...(route.params === undefined ? {} : { path: route.params }),
      ...(route.query === undefined ? {} : { query: route.query }),
    },
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: route.isBodyOptional !== true, content: json(route.body) } }),
    ...(route.method === 'POST'
      ? {
          parameters: [
            {
              name: 'idempotency-key',
              in: 'header',
              description: 'A request that is sent again with the same key creates nothing a second time',
              schema: { type: 'string', maxLength: 256 },
            },
          ],
        }
      : {}),
    responses,
  }
}

/** The OpenAPI 3.1 document of the API, made from the routes. */
export function openapiDocument(): object {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) }
  }
  const health = { description: 'The process answers' }
  paths['/api/v1/health'] = {
    get: { operationId: 'v1.health.get', tags: ['Health'], summary: 'Health', responses: { '204': health } },
    head: {
      operationId: 'v1.health.head',
      tags: ['Health'],
      summary: 'Health',
      responses: { '204': health },
    },
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Posthorn',
        version,
        description:
          'Publish events and have them delivered to customers as signed webhooks. Works with the Svix SDKs.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      paths,
      components: {
        securitySchemes: { HTTPBearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
    { override: allowNewFields },
  )
}

/** Answers may gain fields: clients that were made from an older document must live with them. */
function allowNewFields({ jsonSchema }: { readonly jsonSchema: { additionalProperties?: unknown } }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
}
