import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { AccessRule } from './access.ts'
import type { JsonBody } from './json-body.ts'
import type { LiveFeed } from './live-feed.ts'
import type { ApiParts } from './parts.ts'
import type { Caller } from './tokens.ts'
import type { Access } from './access.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** An answer. `json` is sent as it is, for what must not be parsed and written again. */
export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly json?: string
  /** Sent as it comes, under its own content type; destroyed when whoever asked has hung up. */
  readonly stream?: { readonly type: string; readonly body: Readable }
  readonly headers?: Readonly<Record<string, string>>
}

export interface RequestContext<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** The body's own text; null where there is none. */
  readonly rawBody: JsonBody | null
  readonly headers: IncomingHttpHeaders
  readonly caller: Caller
  /** Method, path and query, as they were asked for. */
  readonly target: string
  /** Whoever asks has hung up. */
  readonly isGone: () => boolean
  /** For answers that last: rejects with `Rejected` where the token no longer allows this. */
  readonly recheckToken: () => Promise<void>
}

/** What a handler works with beside the request. */
export interface Tools {
  readonly parts: ApiParts
  readonly access: Access
  /** The server is ending: what waits is answered at once. */
  readonly isClosing: () => boolean
  readonly live: LiveFeed
}

type Shape<T extends z.ZodType | undefined, Missing> = T extends z.ZodType ? z.infer<T> : Missing

interface Answer {
  readonly description: string
  readonly schema?: z.ZodType
  /** JSON unless it is named. */
  readonly type?: string
}

/** One operation: everything that validation, access and the OpenAPI document are made from. */
export interface RouteSpec<
  Params extends z.ZodObject | undefined = z.ZodObject | undefined,
  Query extends z.ZodObject | undefined = z.ZodObject | undefined,
  Body extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly method: Method
  /** With parameters as `{app_id}`. */
  readonly path: string
  /** As in the Svix API, such as `v1.message.create`. */
  readonly operationId: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly access: AccessRule
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /** The request may come without a body. */
  readonly isBodyOptional?: boolean
  /** Reads the body instead of its schema, for the one route where that costs too much. */
  readonly readBody?: (body: JsonBody) => z.infer<NonNullable<Body>>
  /** Longest body in bytes, where it is not that of one message. */
  readonly maxBodyBytes?: number
  readonly responses: Readonly<Record<number, Answer>>
  readonly isDeprecated?: boolean
  handle(
    request: RequestContext<
      Shape<Params, Record<string, never>>,
      Shape<Query, Record<string, never>>,
      Shape<Body, null>
    >,
    tools: Tools,
  ): Promise<Reply>
}

/** A route whose handler no longer knows the shapes: what the table of routes holds. */
export type AnyRoute = Omit<RouteSpec, 'handle' | 'readBody'> & {
  readonly readBody?: (body: JsonBody) => unknown
  handle(request: RequestContext<never, never, never>, tools: Tools): Promise<Reply>
}

/** Declares a route; its handler is typed by its schemas. */
export function route<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(spec: RouteSpec<Params, Query, Body>): AnyRoute {
  return spec
}

export function ok(body: unknown): Reply {
  return { status: 200, body }
}

export function created(body: unknown): Reply {
  return { status: 201, body }
}

export const noContent: Reply = { status: 204 }
