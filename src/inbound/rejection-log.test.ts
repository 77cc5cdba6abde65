import type { Rejection } from '#core/source.ts'
import { expect, test } from 'vitest'
import { RejectionLog } from './rejection-log.ts'

const record = (sourceId: string, id: string): Rejection => ({
  id,
  sourceId,
  status: 401,
  reason: 'bad_signature',
  detail: '',
  headers: [],
  body: '',
  createdAt: 0,
})

test('a record that is dropped is never made', async () => {
  const stored: string[] = []
  let [made, dropped] = [0, 0]
  const storage = {
    async insertRejections(rejections: readonly Rejection[]) {
      stored.push(...rejections.map(({ id }) => id))
    },
  }
  {
    await using log = new RejectionLog(storage, { dropped: (count) => void (dropped += count) })
    for (let index = 0; index < 100; index++) {
      for (const source of ['src_1', 'src_2']) {
        log.add(source, () => {
          made++
          return record(source, `${source}-${index}`)
        })
      }
    }
    expect({ made, dropped }).toEqual({ made: 40, dropped: 160 })
  }
  expect(stored).toHaveLength(40)
  expect(stored).toContain('src_2-19')
  expect(stored).not.toContain('src_2-20')
})
