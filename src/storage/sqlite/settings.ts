import type { Database } from './database.ts'

export function settingVerbs(db: Database) {
  const insert = db.prepare('insert into setting (name, value) values (?, ?) on conflict do nothing')
  const select = db.prepare('select value from setting where name = ?')
  const touch = db.prepare('insert or replace into setting (name, value) values (?, ?)')
  return {
    setting(name: string, value: string): string {
      insert.run(name, value)
      return (select.get(name) as { value: string }).value
    },
    probe(): void {
      touch.run('probed_at', String(Date.now()))
    },
  }
}
