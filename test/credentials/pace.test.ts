import fc from 'fast-check'
import {
  afterAnswer,
  afterFailure,
  afterProof,
  backoffMs,
  freshPace,
  type Pace,
} from '../../src/credentials/token-slot'

const least = (): number => 0
const most = (): number => 1

describe('backoffMs', () => {
  test('doubles from one second to five minutes', () => {
    const delays = [1, 2, 3, 4, 9, 10, 100].map((attempt) => backoffMs(attempt, least))
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000])
  })

  test('adds at most half of itself', () => {
    expect(backoffMs(1, most)).toBe(1_500)
    expect(backoffMs(50, most)).toBe(450_000)
  })
})

describe('the pace of asking', () => {
  test('leaves the wait to the source when it names one', () => {
    expect(afterFailure(freshPace, 500, most, 60_000).notBefore).toBe(60_500)
    expect(afterFailure(freshPace, 500, most, 0).notBefore).toBe(500)
  })

  test('asks at once about the first two answers in vain, and waits after the third', () => {
    const one = afterAnswer(freshPace, 0, least, 'changed')
    const two = afterAnswer(one, 100, least, 'refused-again')
    const three = afterAnswer(two, 200, least, 'changed')
    expect([one.notBefore, two.notBefore, three.notBefore]).toEqual([0, 0, 5_500])
  })

  test('begins anew with a call that proves the token', () => {
    const two = afterAnswer(afterAnswer(freshPace, 0, least, 'changed'), 0, least, 'changed')
    expect(afterProof(two)).toEqual(freshPace)
  })

  test('goes on waiting for a failing source although its old token is good', () => {
    const failing = afterFailure(freshPace, 0, least)
    expect(afterProof(failing).notBefore).toBe(1_000)
  })

  test('never asks a source without success more than three times in five seconds', () => {
    const outcome = fc.constantFrom('failed', 'changed', 'refused-again')
    fc.assert(
      fc.property(
        fc.array(outcome, { minLength: 4, maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (outcomes, random) => {
          let pace: Pace = freshPace
          let now = 0
          const asked: number[] = []
          for (const next of outcomes) {
            now = Math.max(now, pace.notBefore)
            asked.push(now)
            pace =
              next === 'failed'
                ? afterFailure(pace, now, () => random)
                : afterAnswer(pace, now, () => random, next)
          }
          for (const [index, at] of asked.slice(3).entries()) {
            expect(at - (asked[index] ?? 0)).toBeGreaterThanOrEqual(5_000)
          }
        },
      ),
    )
  })
})
