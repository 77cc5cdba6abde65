import { measure } from '../inbound.ts'
import { startDatabase } from '../support/database.ts'

/** As `inbound`, with PostgreSQL on the same machine. */
export async function inbound(seconds: number): Promise<void> {
  await using database = await startDatabase()
  await measure(seconds, 'A source on PostgreSQL', await database.create('inbound'))
}
