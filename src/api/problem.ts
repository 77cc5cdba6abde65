import type { FastifyError } from 'fastify'
import type { z } from 'zod'
import {
  type FieldProblem,
  Overloaded,
  Rejected,
  type RejectionKind,
  StoreUnavailable,
} from '#core/errors.ts'
import type { Reply } from './route.ts'

const statusOf: Readonly<Record<RejectionKind, number>> = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  invalid: 422,
  too_many: 429,
}

function problem(status: number, code: string, detail: string, headers: Record<string, string> = {}): Reply {
  return { status, body: { code, detail }, headers }
}

function retryAfter(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) }
}

/**
 * The answer to an error, in the shapes of the Svix API; null for one that nobody expected, which is ours.
 * Validation errors carry `loc` in the JSON's own names.
 */
export function problemOf(error: unknown): Reply | null {
  if (error instanceof Rejected) {
    if (error.kind === 'invalid') return { status: 422, body: { detail: error.problems } }
    const headers = error.retryAfterMs === null ? {} : retryAfter(error.retryAfterMs)
    return problem(statusOf[error.kind], error.code, error.message, headers)
  }
  if (error instanceof StoreUnavailable || error instanceof Overloaded) {
    return problem(503, error.code, error.message, retryAfter(error.retryAfterMs))
  }
  return frameworkProblem(error as Partial<FastifyError>)
}

/** Errors that the HTTP framework raises before a route is reached. */
function frameworkProblem({ code, statusCode, message }: Partial<FastifyError>): Reply | null {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return problem(413, 'payload_too_large', 'The body is too large')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || code === 'FST_ERR_CTP_EMPTY_TYPE') {
    return problem(415, 'unsupported_media_type', 'The body must be application/json')
  }
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return null
  return problem(statusCode, 'generic_error', message ?? 'Bad request')
}

const errorTypes: Readonly<Record<string, string>> = {
  invalid_type: 'type_error',
  unrecognized_keys: 'value_error.extra',
  too_big: 'value_error.too_big',
  too_small: 'value_error.too_small',
}

/** Zod's issues as field problems; unions as those of the alternative that came furthest. */
export function fieldProblems(root: string, issues: readonly z.core.$ZodIssue[]): FieldProblem[] {
  return issues.flatMap((issue): FieldProblem[] => {
    const loc = [root, ...issue.path.map(String)]
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const nearest = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? []
      return fieldProblems(root, nearest).map((inner) => ({ ...inner, loc: [...loc, ...inner.loc.slice(1)] }))
    }
    return [{ loc, msg: issue.message, type: errorTypes[issue.code] ?? 'value_error' }]
  })
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length))
}

export const internalError: Reply = {
  status: 500,
  body: { code: 'internal_error', detail: 'Something went wrong on our side; the log says what' },
}

export const unknownRoute: Reply = {
  status: 404,
  body: { code: 'unknown_route', detail: 'There is nothing at this path; /docs lists what there is' },
}

export function methodNotAllowed(allowed: readonly string[]): Reply {
  return {
    status: 405,
    body: { code: 'method_not_allowed', detail: `This path takes ${allowed.join(', ')}` },
    headers: { allow: allowed.join(', ') },
  }
}
