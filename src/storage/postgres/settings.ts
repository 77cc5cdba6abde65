import type { Database } from './database.ts'
import { sql } from './sql.ts'

export function settingVerbs(db: Database) {
  return {
    async setting(name: string, value: string): Promise<string> {
      return await db.transact(async (transaction) => {
        await transaction.change(
          sql`insert into posthorn.setting (name, value) values (${name}, ${value}) on conflict do nothing`,
        )
        // A statement of its own: it sees what another transaction inserted while this one waited for it.
        const row = await transaction.row(sql`select value from posthorn.setting where name = ${name}`)
        return row?.value as string
      })
    },
    async probe(): Promise<void> {
      await db.transact((transaction) =>
        transaction.change(
          sql`insert into posthorn.setting (name, value) values ('probed_at', ${String(Date.now())})
            on conflict (name) do update set value = excluded.value`,
        ),
      )
    },
  }
}
