import { newRoutes, type Routes, type Target, targetOf } from '../routing.ts'
import type { Session } from './database.ts'
import { sql } from './sql.ts'

const maxCached = 1_000

/** An application as publishing needs it. */
export interface Publishing {
  readonly appId: string
  readonly throttleRate: number | null
  readonly routes: Routes
}

/** Applications with their endpoints, as they were when they were read: whoever writes by them checks the version. */
export class RoutesCache {
  readonly #byRef = new Map<string, Publishing>()

  /** Null where there is no such application. */
  async find(session: Session, orgId: string, ref: string): Promise<Publishing | null> {
    const known = this.#byRef.get(`${orgId} ${ref}`)
    if (known !== undefined) return known
    return await this.load(session, orgId, ref)
  }

  async load(session: Session, orgId: string, ref: string): Promise<Publishing | null> {
    const key = `${orgId} ${ref}`
    this.#byRef.delete(key)
    const column = ref.startsWith('app_') ? sql`a.id` : sql`a.uid`
    const rows = await session.rows(
      sql`select a.id as app_id, a.routing_version, a.throttle_rate, e.seq, e.id, e.event_types, e.channels
        from posthorn.application a left join posthorn.endpoint e
          on e.app_id = a.id and e.deleted_at is null and e.disabled_reason is null
        where ${column} = ${ref} and a.org_id = ${orgId} and a.deleted_at is null order by e.seq`,
    )
    const [first] = rows
    if (first === undefined) return null
    const targets = rows.filter((row) => row.id !== null).map(targetOf)
    const found: Publishing = {
      appId: first.app_id as string,
      throttleRate: first.throttle_rate as number | null,
      routes: newRoutes(first.routing_version as number, targets),
    }
    if (this.#byRef.size >= maxCached) {
      for (const oldest of this.#byRef.keys()) {
        this.#byRef.delete(oldest)
        break
      }
    }
    this.#byRef.set(key, found)
    return found
  }

  forget(orgId: string, ref: string): void {
    this.#byRef.delete(`${orgId} ${ref}`)
  }
}

/** The one endpoint that a message is for, whatever it subscribes to. */
export async function findTarget(
  session: Session,
  appId: string,
  endpointId: string,
): Promise<Target | null> {
  const row = await session.row(
    sql`select seq, id, event_types, channels from posthorn.endpoint
      where app_id = ${appId} and id = ${endpointId} and deleted_at is null`,
  )
  return row === undefined ? null : targetOf(row)
}
