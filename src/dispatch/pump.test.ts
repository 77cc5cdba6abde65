import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Budget } from './budget.ts'
import { Lane, type TurnKind } from './lane.ts'
import { Pump } from './pump.ts'

let turns: TurnKind[]
let pump: Pump
let isShared: boolean

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['performance', 'setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'],
  })
  turns = []
  isShared = false
  pump = new Pump(new Budget(1_000), (_lane, kind) => turns.push(kind), {
    mayBegin: () => true,
    isShared: () => isShared,
  })
})
afterEach(() => {
  pump.stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function add(kind: TurnKind, count: number): void {
  for (let n = 0; n < count; n++) {
    const lane = new Lane('app_1', `ep_${n}`, 0)
    lane.standing = kind === 'backlog' ? 'proven' : kind
    lane.backlog.exists = kind === 'backlog'
    pump.add(lane)
  }
}

function countOf(kind: TurnKind): number {
  return turns.filter((each) => each === kind).length
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

test('what is left over from before goes out at once where nobody else is active', () => {
  add('backlog', 10)
  pump.run()
  expect(countOf('backlog')).toBe(10)
})

test('beside proven lanes, what is left over from before goes out a little every millisecond', () => {
  add('proven', 1)
  add('backlog', 4)
  pump.run()
  expect(turns).toEqual(['proven', 'backlog'])
  pump.run()
  expect(countOf('backlog')).toBe(1)
  for (const taken of [2, 3, 4]) {
    vi.advanceTimersByTime(1)
    expect(countOf('backlog')).toBe(taken)
  }
})

test('beside other nodes, too, what is left over from before is spread', () => {
  isShared = true
  add('backlog', 5)
  pump.run()
  expect(countOf('backlog')).toBe(1)
})

test('what is left over from before counts as active beside costly lanes', () => {
  add('backlog', 1)
  add('troubled', 5)
  pump.run()
  expect(turns).toEqual(['backlog', 'troubled'])
})

test('turns that take long are broken off, and go on once the event loop has been round', () => {
  let now = 1_000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  pump = new Pump(
    new Budget(1_000),
    (_lane, kind) => {
      turns.push(kind)
      now += 1
    },
    { mayBegin: () => true, isShared: () => isShared },
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
  pump = new Pump(new Budget(1_000), (_lane, kind) => turns.push(kind), {
    mayBegin: () => mayBegin,
    isShared: () => isShared,
  })
  add('proven', 2)
  pump.run()
  vi.advanceTimersByTime(1_000)
  expect(turns).toEqual([])
  mayBegin = true
  vi.advanceTimersByTime(100)
  expect(turns).toEqual(['proven', 'proven'])
})
