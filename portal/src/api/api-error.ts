/** One field that the server does not accept. */
export interface FieldProblem {
  /** Names and indexes on the way to the field, such as `body`, `url`. */
  readonly loc: readonly (string | number)[]
  readonly msg: string
}

/** The server refused or failed. Status 0: it was not reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly problems: readonly FieldProblem[]

  constructor(status: number, code: string, detail: string, problems: readonly FieldProblem[]) {
    super(
      detail === '' ? problems.map(({ loc, msg }) => `${loc.slice(1).join('.')} ${msg}`).join('; ') : detail,
    )
    this.status = status
    this.code = code
    this.problems = problems
  }
}

/** From the `detail` of a 422. */
export function problemsOf(detail: unknown): readonly FieldProblem[] {
  if (!Array.isArray(detail)) return []
  return detail.filter(
    (each): each is FieldProblem =>
      typeof each === 'object' && each !== null && Array.isArray((each as FieldProblem).loc),
  )
}
