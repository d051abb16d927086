import fc from 'fast-check'
import {
  afterAnswer,
  afterFailure,
  afterProof,
  afterTrial,
  type Breaker,
  backoffMs,
  closedBreaker,
  freshPace,
  isTooFresh,
  isTrialDue,
  openSince,
  type Pace,
  refuse,
  wasInVain,
} from '../../src/credentials/backoff'

describe('backoffMs', () => {
  test('doubles from one second to five minutes', () => {
    const delays = [1, 2, 3, 4, 9, 10, 100].map((attempt) => backoffMs(attempt, 0))
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000])
  })

  test('adds at most half of itself', () => {
    expect(backoffMs(1, 1)).toBe(1_500)
    expect(backoffMs(50, 1)).toBe(450_000)
  })
})

describe('the pace of asking', () => {
  test('leaves the wait to the source when it names one', () => {
    expect(afterFailure(freshPace, 500, 1, 60_000).notBefore).toBe(60_500)
    expect(afterFailure(freshPace, 500, 1, 0).notBefore).toBe(500)
  })

  test('asks at once about the first two answers in vain, and waits after the third', () => {
    const one = afterAnswer(freshPace, 40, 0, 'changed')
    const two = afterAnswer(one, 100, 0, 'refused-again')
    const three = afterAnswer(two, 200, 0, 'changed')
    expect([one.notBefore, two.notBefore, three.notBefore]).toEqual([0, 0, 5_540])
  })

  test('waits longer than the window when the answers in vain were slow', () => {
    const slow = [40, 9_000, 18_000].reduce(
      (pace, now) => afterAnswer(pace, now, 0.5, 'changed'),
      freshPace,
    )
    expect(slow).toMatchObject({ inVain: 3, failing: false, notBefore: 18_000 + 5_000 })
    expect(slow.recent).toEqual([40, 9_000, 18_000])
    expect(afterAnswer(slow, 30_000, 0, 'changed').recent).toEqual([9_000, 18_000, 30_000])
  })

  test('lets three failures in a row pass in no less than the window', () => {
    const one = afterFailure(freshPace, 40, 0, 0)
    const two = afterFailure(one, 60, 0, 0)
    expect(afterFailure(two, 80, 0)).toMatchObject({
      inVain: 3,
      failing: true,
      notBefore: 5_540,
      recent: [40, 60, 80],
    })
  })

  test('counts an answer that changes nothing neither as in vain nor as good', () => {
    const one = afterFailure(freshPace, 40, 0)
    expect(afterAnswer(one, 90, 0, 'unchanged')).toEqual({
      inVain: 1,
      failing: false,
      notBefore: 0,
      recent: [40],
    })
  })

  test('begins anew with a call that proves the token', () => {
    const two = afterAnswer(afterAnswer(freshPace, 0, 0, 'changed'), 0, 0, 'changed')
    expect(afterProof(two)).toEqual(freshPace)
  })

  test('goes on waiting for a failing source although its old token is good', () => {
    const failing = afterFailure(freshPace, 0, 0)
    expect(afterProof(failing).notBefore).toBe(1_000)
  })

  test('takes a replaced token for proof only when it was one of the answers in vain', () => {
    const pace = afterAnswer(afterAnswer(freshPace, 100, 0, 'changed'), 200, 0, 'changed')
    expect([99, 100, 200].map((at) => wasInVain(pace, at))).toEqual([false, true, true])
    expect(wasInVain(freshPace, 100)).toBe(false)
  })

  test('never asks a source without success more than three times in five seconds', () => {
    const outcome = fc.constantFrom('failed', 'changed', 'refused-again')
    fc.assert(
      fc.property(
        fc.array(outcome, { minLength: 4, maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (outcomes, jitter) => {
          let pace: Pace = freshPace
          let now = 0
          const asked: number[] = []
          for (const next of outcomes) {
            now = Math.max(now, pace.notBefore)
            asked.push(now)
            pace =
              next === 'failed'
                ? afterFailure(pace, now, jitter)
                : afterAnswer(pace, now, jitter, next)
          }
          for (const [index, at] of asked.slice(3).entries()) {
            expect(at - (asked[index] ?? 0)).toBeGreaterThanOrEqual(5_000)
          }
        },
      ),
    )
  })
})

/** A 401 of a call that knows of every refusal so far. */
function refuseAnew(breaker: Breaker, now: number): Breaker {
  return refuse(breaker, { refusals: breaker.refusals, refusedAt: breaker.at }, now)
}

describe('the breaker', () => {
  test('opens with the third round', () => {
    const one = refuseAnew(closedBreaker, 0)
    const two = refuseAnew(one, 10)
    const three = refuseAnew(two, 20)
    expect([one.kind, two.kind, three.kind]).toEqual(['closed', 'closed', 'open'])
    expect(three).toMatchObject({ why: 'rounds', rounds: 3, until: 1_020, waitMs: 1_000 })
  })

  test('opens with one certain refusal', () => {
    expect(refuse(closedBreaker, {}, 5, 'certain')).toMatchObject({ kind: 'open', until: 1_005 })
    expect(refuse(closedBreaker, {}, 5, 'account')).toMatchObject({ kind: 'open', why: 'account' })
  })

  test('stays in its round for calls that left before the last 401 was known', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (calls) => {
        let breaker: Breaker = refuse(closedBreaker, {}, 0)
        for (let call = 0; call < calls; call += 1) breaker = refuse(breaker, {}, call)
        expect(breaker).toMatchObject({ kind: 'closed', rounds: 1, refusals: calls + 1 })
      }),
    )
  })

  test('begins another round with a call that left a quarter of a second after the round began', () => {
    const breaker = refuse(refuse(closedBreaker, {}, 1_000), {}, 1_300)
    expect(refuse(breaker, { refusals: 1, refusedAt: 1_249 }, 1_400).rounds).toBe(1)
    expect(refuse(breaker, { refusals: 1, refusedAt: 1_250 }, 1_400).rounds).toBe(2)
  })

  test('does not wait longer for stragglers of the round that opened it', () => {
    const open = refuse(refuse(closedBreaker, {}, 0), {}, 10, 'certain')
    expect(refuse(open, {}, 20)).toMatchObject({ until: 1_010, waitMs: 1_000 })
  })

  test('waits 1, 2, 4 … 30 s for the next trial', () => {
    let breaker = refuse(closedBreaker, {}, 0, 'certain')
    const waits: number[] = []
    for (let trial = 0; trial < 7; trial += 1) {
      if (breaker.kind !== 'open') throw new Error('closed')
      waits.push(breaker.waitMs)
      breaker = refuseAnew(afterTrial(breaker, breaker.until), breaker.until)
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  })

  test('lets one trial leave, and the next one a wait later though nothing came of it', () => {
    const open = refuse(closedBreaker, {}, 0, 'certain')
    expect([999, 1_000].map((now) => isTrialDue(open, now))).toEqual([false, true])
    const after = afterTrial(open, 1_500)
    expect([2_499, 2_500].map((now) => isTrialDue(after, now))).toEqual([false, true])
    expect([isTrialDue(closedBreaker, 1e9), afterTrial(closedBreaker, 5)]).toEqual([
      false,
      closedBreaker,
    ])
  })

  test('does not try a token before a second after its refusal', () => {
    expect([1_399, 1_400].map((now) => isTooFresh(400, now))).toEqual([true, false])
  })

  test('counts the wait of a token that comes back from when it was refused', () => {
    expect(openSince(400)).toMatchObject({ kind: 'open', until: 1_400, refusals: 1 })
  })
})
