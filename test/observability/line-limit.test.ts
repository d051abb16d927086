import { createLineLimit } from '../../src/observability/log'

test('writes the first line of every kind', () => {
  const limit = createLineLimit()
  expect(limit.decide('a', 0)).toEqual({ write: true, suppressed: 0 })
  expect(limit.decide('b', 1)).toEqual({ write: true, suppressed: 0 })
})

test('leaves out lines of the same kind for a minute and counts them on the next', () => {
  const limit = createLineLimit()
  limit.decide('a', 0)
  expect(limit.decide('a', 1)).toEqual({ write: false })
  expect(limit.decide('a', 59_999)).toEqual({ write: false })
  expect(limit.decide('a', 60_000)).toEqual({ write: true, suppressed: 2 })
  expect(limit.decide('a', 120_000)).toEqual({ write: true, suppressed: 0 })
})

test('writes as many lines a minute as the kind may have', () => {
  const limit = createLineLimit()
  const decisions = [0, 1, 2, 3].map((at) => limit.decide('a', at, { lines: 3 }).write)
  expect(decisions).toEqual([true, true, true, false])
})

test('waits as long as the kind asks for', () => {
  const limit = createLineLimit()
  const hourly = { windowMs: 3_600_000 }
  const decisions = [0, 60_000, 3_600_000].map((at) => limit.decide('a', at, hourly).write)
  expect(decisions).toEqual([true, false, true])
})

test('forgets the oldest kind when there are too many', () => {
  const limit = createLineLimit()
  for (let kind = 0; kind <= 512; kind += 1) limit.decide(`kind ${kind}`, 0)
  expect(limit.decide('kind 0', 1).write).toBe(true)
  expect(limit.decide('kind 512', 1).write).toBe(false)
})
