import { mkdtempSync, rmSync } from 'node:fs'
import { openWriter } from '#storage/sqlite/database.ts'
import { migrateSqlite } from '#storage/sqlite/migrate.ts'
import { writeVerbs } from '#storage/sqlite/verbs.ts'
import { newId } from '#core/ids.ts'
import { randomBytes } from 'node:crypto'
function run(name: string, pragmas: string[], opts: { claim?: boolean; batch?: number } = {}) {
  const dir = mkdtempSync('/work/main/bench/results/m-'); const file = dir + '/x.db'
  migrateSqlite(file); const c = openWriter(file); for (const p of pragmas) c.exec(p)
  const { verbs, beforeRelease } = writeVerbs({ prepare: (s) => c.prepare(s), notice() {} })
  const now = Date.now(); const appId = newId('app_', now), ep = newId('ep_', now)
  verbs.insertApplication({ orgId: 'org_x', id: appId, uid: null, name: 'a', throttleRate: null, metadata: {}, createdAt: now, updatedAt: now, version: 1 }, null)
  verbs.insertEndpoint({ appId, id: ep, uid: null, url: 'http://x/', description: '', disabledReason: null, eventTypes: null, channels: null, metadata: {}, throttleRate: null, retryScheduleMs: null, successRule: null, sealedSecrets: 'x', sealedHeaders: null, createdAt: now, updatedAt: now, failingSince: null, version: 1 }, null)
  const payload = JSON.stringify({ d: 'x'.repeat(1000) }); const B = opts.batch ?? 32, N = 40000
  let prev: any[] = []; const t0 = performance.now(), c0 = process.cpuUsage(); let commit = 0; let worst = 0
  for (let i = 0; i < N; i += B) {
    const t = now + i
    const groups = Array.from({ length: B }, () => { const id = newId('msg_', t); return { orgId: 'org_x', appRef: appId, createApplication: null, atomic: false, onlyEndpointId: null, claim: opts.claim === false ? null : { key: randomBytes(32).toString('base64url'), requestHash: 'h'.repeat(43), subject: id, expiresAt: t + 1e7 }, items: [{ message: { id, eventType: 'a.b', eventId: null, channels: null, tags: null, contentType: 'application/json', payload, createdAt: t, deliverAt: null, payloadExpiresAt: t + 1e9 } }] } })
    c.exec('begin immediate'); c.exec('savepoint v')
    const res = verbs.publishMessages(groups, [], t) as any[]; beforeRelease(); c.exec('release v')
    if (prev.length) { c.exec('savepoint v'); verbs.recordOutcomes(prev, t); beforeRelease(); c.exec('release v') }
    const a = performance.now(); c.exec('commit'); const d = performance.now() - a; commit += d; worst = Math.max(worst, d)
    prev = res.map((r, j) => ({ key: { appId, messageSeq: r.results[0].seq, endpointId: ep, trigger: 'scheduled' }, eventType: 'a.b', attempt: { appId, id: newId('atmpt_', t), messageSeq: r.results[0].seq, messageId: '', endpointId: ep, url: 'http://127.0.0.1:8080/ok', trigger: 'scheduled', status: 'success', responseStatus: 204, responseBody: '', durationMs: 1, startedAt: t }, next: null, health: null }))
  }
  const el = performance.now() - t0, cpu = process.cpuUsage(c0)
  console.log(name.padEnd(40), (el / N * 1000).toFixed(1), 'µs/msg, commit', (commit / N * 1000).toFixed(1), 'cpu', ((cpu.user + cpu.system) / N).toFixed(1), 'worst', worst.toFixed(1))
  c.close(); rmSync(dir, { recursive: true })
}
run('base', [])
run('base', [])
run('no claim', [], { claim: false })
run('sync off', ['pragma synchronous=off'])
run('no autockpt', ['pragma wal_autocheckpoint=0'])
run('no autockpt, sync normal', ['pragma wal_autocheckpoint=0', 'pragma synchronous=normal'])
run('no autockpt, no claim', ['pragma wal_autocheckpoint=0'], { claim: false })
run('batch 64', [], { batch: 64 })
run('ckpt 16000', ['pragma wal_autocheckpoint=16000'])
