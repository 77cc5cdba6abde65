import type { Session } from './database.ts'
import { sql } from './sql.ts'

/** The clock that all nodes share: what is deleted for its age must not go by one that a node alone has wrong. */
export async function databaseNow(session: Session): Promise<number> {
  const row = await session.row(sql`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`)
  return row?.now as number
}
