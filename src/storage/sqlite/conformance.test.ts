import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { conformance } from '../conformance/all.ts'
import { openSqliteStorage } from './sqlite-storage.ts'

const parent = mkdtempSync(join(tmpdir(), 'posthorn-conformance-'))
afterAll(() => rmSync(parent, { recursive: true, force: true }))

conformance(async (lookedAt) =>
  openSqliteStorage({
    dataDir: mkdtempSync(join(parent, 'store-')),
    readers: 1,
    ...(lookedAt === undefined ? {} : { lookedAt }),
  }),
)
