import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Budget } from './budget.ts'
import { Lane, type Standing } from './lane.ts'
import { Pump } from './pump.ts'

let turns: Standing[]
let pump: Pump

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['performance', 'setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'],
  })
  turns = []
  pump = new Pump(
    new Budget(1_000),
    (_lane, standing) => turns.push(standing),
    () => true,
  )
})
afterEach(() => {
  pump.stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function add(standing: Standing, count: number): void {
  for (let n = 0; n < count; n++) {
    const lane = new Lane('app_1', `ep_${n}`, 0)
    lane.standing = standing
    pump.add(lane)
  }
}

function countOf(standing: Standing): number {
  return turns.filter((each) => each === standing).length
}

test('beside proven lanes, costly ones take turns one by one with rests, each kind in turn', () => {
  add('proven', 3)
  add('troubled', 2)
  add('verbose', 3)
  pump.run()
  expect(turns).toEqual(['proven', 'proven', 'proven', 'verbose'])
  for (const next of ['troubled', 'verbose', 'troubled', 'verbose'] as const) {
    turns = []
    add('proven', 1)
    pump.run()
    expect(turns).toEqual(['proven'])
    vi.advanceTimersByTime(20)
    expect(turns).toEqual(['proven', next])
  }
})

test('unproven lanes do not wait for anybody', () => {
  add('proven', 1)
  add('troubled', 2)
  pump.run()
  add('unproven', 20)
  pump.run()
  expect(countOf('unproven')).toBe(20)
})

test('where no lane is proven, costly ones do not rest', () => {
  add('troubled', 5)
  pump.run()
  expect(countOf('troubled')).toBe(5)
})

test('turns that take long are broken off, and go on once the event loop has been round', () => {
  let now = 1_000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  pump = new Pump(
    new Budget(1_000),
    (_lane, standing) => {
      turns.push(standing)
      now += 1
    },
    () => true,
  )
  add('proven', 3)
  pump.run()
  for (const taken of [1, 2, 3]) {
    expect(turns).toHaveLength(taken)
    vi.runOnlyPendingTimers()
  }
})

test('nobody has a turn while it is paused, nor once it is stopped', () => {
  add('proven', 1)
  add('troubled', 2)
  pump.isPaused = true
  pump.run()
  expect(turns).toEqual([])
  pump.isPaused = false
  pump.run()
  expect(turns).toEqual(['proven', 'troubled'])
  pump.stop()
  vi.advanceTimersByTime(100)
  pump.run()
  expect(turns).toHaveLength(2)
})

test('nobody has a turn while the node may begin nothing, and all do when it may again', () => {
  let mayBegin = false
  pump = new Pump(
    new Budget(1_000),
    (_lane, standing) => turns.push(standing),
    () => mayBegin,
  )
  add('proven', 2)
  pump.run()
  vi.advanceTimersByTime(1_000)
  expect(turns).toEqual([])
  mayBegin = true
  vi.advanceTimersByTime(100)
  expect(turns).toEqual(['proven', 'proven'])
})
