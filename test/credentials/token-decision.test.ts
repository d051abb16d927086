import type { Conclusion } from '../../src/credentials/token-decision'
import {
  calmAt,
  conclude,
  decide,
  decideAfterRefusal,
  isPlain,
  mayAsk,
  nextStep,
  refreshReason,
} from '../../src/credentials/token-decision'
import { TokenError } from '../../src/errors'
import { opened, Walk } from './state-kit'

const HOUR = 3_600_000

function failing(walk: Walk, permanent: boolean, exhausted = false): Walk {
  const error = new TokenError('down', { permanent })
  return walk.ask('expiring').go({ type: 'failed', error, exhausted, jitter: 0 })
}

const call = (walk: Walk) => decide(walk.state, 'call', walk.now)
const probe = (walk: Walk) => decide(walk.state, 'probe', walk.now)
const ended = (walk: Walk): Conclusion => conclude(walk.state, 'call', walk.now)
const afterRefusal = (walk: Walk, token = walk.held) =>
  decideAfterRefusal(walk.state, token, walk.now)

describe('a call', () => {
  test('asks for the first token, and for another one once the last has ended', () => {
    expect(call(new Walk())).toEqual({ kind: 'ask', reason: 'initial', quiet: false })
    const old = new Walk().give('one', 'initial', { lifetimeMs: HOUR }).wait(HOUR)
    expect(call(old)).toEqual({ kind: 'ask', reason: 'expiring', quiet: false })
  })

  test('takes the token that is at hand', () => {
    const walk = new Walk().give('one')
    expect(call(walk)).toEqual({ kind: 'send', token: walk.held })
  })

  test('waits for a refresh after a refusal, and for no other while the token is good', () => {
    const walk = new Walk().give('one')
    expect(call(walk.ask('expiring')).kind).toBe('send')
    expect(call(new Walk().give('one').refuse().ask('rejected')).kind).toBe('wait')
    expect(call(new Walk().ask('initial')).kind).toBe('wait')
  })

  test('asks a local source again and again without a word', () => {
    expect(call(opened({ local: true }))).toEqual({ kind: 'ask', reason: 'rejected', quiet: true })
    const without = failing(new Walk({ local: true }), true)
    expect(call(without)).toEqual({ kind: 'ask', reason: 'initial', quiet: true })
    const pool = opened({ local: true, selfBenching: true })
    expect(call(pool)).toEqual({ kind: 'ask', reason: 'changed', quiet: true })
  })

  test('asks a remote source no sooner than its pace allows', () => {
    const walk = failing(new Walk(), false)
    expect(call(walk.wait(999)).kind).toBe('fail')
    expect(call(walk.wait(1)).kind).toBe('ask')
  })

  test('leaves a source alone that watches, once three rounds have opened the breaker', () => {
    const walk = opened().go({ type: 'watching', on: true })
    expect([mayAsk(walk.state, walk.now), call(walk).kind]).toEqual([false, 'refuse'])
    walk.go({ type: 'watching', on: false })
    expect(mayAsk(walk.state, walk.now)).toBe(true)
    const certain = new Walk().give('one').go({ type: 'watching', on: true })
    expect(mayAsk(certain.refuse(certain.held, 'certain').state, 0)).toBe(true)
  })

  test('gets a refusal when its source has failed for good, an error when it has for now', () => {
    expect(ended(failing(new Walk(), true))).toEqual({ kind: 'refuse', reason: 'refresh-failed' })
    expect(ended(failing(new Walk(), false))).toEqual({ kind: 'fail' })
    const pool = failing(new Walk(), true, true)
    expect(ended(pool)).toEqual({ kind: 'refuse', reason: 'pool-exhausted' })
  })

  test('gets an error when its token has ended, and the token itself once the holder is closed', () => {
    const walk = new Walk().give('one', 'initial', { lifetimeMs: HOUR }).wait(HOUR)
    expect(ended(walk).kind).toBe('fail')
    expect(ended(walk.go({ type: 'closed' })).kind).toBe('send')
  })

  test('is held back by an open breaker until a trial is due', () => {
    const walk = opened()
    expect(ended(walk.wait(999))).toEqual({ kind: 'refuse', reason: 'breaker-open' })
    expect(ended(walk.wait(1))).toEqual({ kind: 'trial', token: walk.held })
  })

  test('is no trial of a pool, which has benches of its own', () => {
    expect(ended(opened({ selfBenching: true }).wait(60_000)).kind).toBe('refuse')
  })

  test('is told why it is held back', () => {
    const certain = (): Walk => {
      const walk = new Walk().give('one')
      return walk.refuse(walk.held, 'certain')
    }
    expect(ended(certain())).toMatchObject({ reason: 'breaker-open' })
    expect(ended(failing(certain(), false))).toMatchObject({ reason: 'refresh-failed' })
    expect(ended(failing(certain(), true, true))).toMatchObject({ reason: 'pool-exhausted' })
    expect(ended(failing(opened(), false))).toMatchObject({ reason: 'breaker-open' })
  })
})

describe('a probe', () => {
  test('is sent while the breaker is open, whatever is in the air', () => {
    const walk = opened()
    failing(walk, false)
    expect(probe(walk)).toEqual({ kind: 'send', token: walk.held })
    expect(probe(walk.ask('rejected'))).toEqual({ kind: 'send', token: walk.held })
  })

  test('is sent with the key of a pool that is benched', () => {
    const walk = opened({ selfBenching: true })
    expect(conclude(walk.state, 'probe', walk.now).kind).toBe('send')
  })

  test('asks a local source first, which costs nothing', () => {
    expect(probe(opened({ local: true }))).toMatchObject({ kind: 'ask', quiet: true })
    expect(probe(opened()).kind).toBe('send')
  })

  test('waits as a call does when there is no token to send', () => {
    expect(probe(new Walk()).kind).toBe('ask')
    expect(probe(new Walk().ask('initial')).kind).toBe('wait')
    const old = new Walk().give('one', 'initial', { lifetimeMs: HOUR }).wait(HOUR)
    expect(probe(old).kind).toBe('ask')
  })
})

describe('a closed holder', () => {
  test('asks nobody but a local source that was never asked', () => {
    const closed = (walk: Walk): Walk => walk.go({ type: 'closed' })
    expect(mayAsk(closed(new Walk({ local: true })).state, 0)).toBe(true)
    expect(mayAsk(closed(new Walk({ local: true }).give('one')).state, 0)).toBe(false)
    expect(mayAsk(closed(new Walk()).state, 0)).toBe(false)
  })

  test('has nothing to do', () => {
    const walk = new Walk().give('one', 'initial', { dueInMs: 5 }).go({ type: 'closed' })
    expect(nextStep(walk.state)).toBeUndefined()
  })
})

describe('every call is given the token without a further look', () => {
  test('while nothing is wrong, and only then', () => {
    const plain = (walk: Walk): boolean => isPlain(walk.state)
    expect(plain(new Walk())).toBe(false)
    expect(plain(new Walk().give('one'))).toBe(true)
    expect(plain(new Walk().give('one').ask('expiring'))).toBe(true)
    expect(plain(new Walk().give('one').ask('rejected'))).toBe(false)
    expect(plain(opened())).toBe(false)
  })
})

describe('after a 401', () => {
  test('of an older generation nobody is asked', () => {
    const walk = new Walk().give('one')
    const old = walk.held
    walk.give('two', 'rejected')
    expect(afterRefusal(walk, old)).toEqual({ kind: 'done', refreshed: true })
  })

  test('the source is asked by force, or the running question is joined', () => {
    const walk = new Walk().give('one').accept()
    const token = walk.held
    walk.refuse()
    expect(afterRefusal(walk, token)).toEqual({ kind: 'ask', reason: 'rejected', quiet: false })
    expect(afterRefusal(walk.ask('rejected'), token)).toEqual({ kind: 'wait', forced: true })
    const other = new Walk().give('one').refuse().ask('expiring')
    expect(afterRefusal(other)).toEqual({ kind: 'wait', forced: false })
  })

  test('a source that was asked since the call had left is not asked again', () => {
    const walk = new Walk().give('one').accept()
    const token = walk.held
    walk.refuse(token).give('one', 'rejected').refuse(token)
    expect(afterRefusal(walk, token)).toEqual({ kind: 'done', refreshed: true })
    expect(afterRefusal(walk, walk.held)).toMatchObject({ kind: 'ask' })
  })

  test('a local source is asked each time, with a word for the first of a round only', () => {
    const walk = new Walk({ local: true }).give('one').accept()
    const token = walk.held
    walk.refuse(token)
    expect(afterRefusal(walk, token)).toMatchObject({ kind: 'ask', quiet: false })
    walk.give('one', 'rejected').refuse(token)
    expect(afterRefusal(walk, token)).toMatchObject({ kind: 'ask', quiet: true })
    walk.refuse(walk.held)
    expect(afterRefusal(walk, { ...token, refusals: 2 })).toMatchObject({ quiet: false })
    walk.refuse(walk.held)
    expect(afterRefusal(walk, { ...token, refusals: 3 })).toMatchObject({ quiet: true })
  })

  test('a source that may not be asked yet is not', () => {
    const walk = failing(new Walk().give('one'), false).refuse()
    expect(afterRefusal(walk)).toEqual({ kind: 'done', refreshed: false })
  })

  test('the reason is the source', () => {
    const walk = new Walk().give('one').refuse().give('one', 'rejected')
    expect(refreshReason(walk.state)).toBe('unchanged-token')
    expect(refreshReason(failing(walk, false).state)).toBe('refresh-failed')
    expect(refreshReason(failing(walk, true, true).state)).toBe('pool-exhausted')
    const closed = new Walk().give('one').go({ type: 'closed' })
    expect(refreshReason(closed.state)).toBe('refresh-failed')
  })
})

describe('the next step in the background', () => {
  test('is none without a reason', () => {
    expect(nextStep(new Walk().give('one').state)).toBeUndefined()
  })

  test('is the proactive refresh when it is due', () => {
    const walk = new Walk().give('one', 'initial', { dueInMs: 9_000 })
    expect(nextStep(walk.state)).toEqual({ kind: 'ask', reason: 'expiring', at: 9_000 })
    expect(nextStep(failing(walk.wait(8_500), false).state)).toMatchObject({ at: 10_500 })
    expect(nextStep(walk.ask('expiring').state)).toBeUndefined()
  })

  test('is an announced change, before all else', () => {
    const walk = new Walk().give('one', 'initial', { dueInMs: 9_000 }).go({ type: 'announced' })
    expect(nextStep(walk.state)).toEqual({ kind: 'ask', reason: 'changed', at: 0 })
  })

  test('is a change after a rest, when the last three in a row brought nothing', () => {
    const walk = new Walk({}, 5_000).give('one').accept()
    for (const wait of [0, 10, 10]) walk.wait(wait).give('one', 'changed')
    expect(nextStep(walk.go({ type: 'announced' }).state)).toMatchObject({ at: 5_120 })
    walk.wait(2_000).give('one', 'changed').go({ type: 'announced' })
    expect(calmAt(walk.state)).toBe(0)
    walk.give('two', 'changed', { lifetimeMs: HOUR }).go({ type: 'announced' })
    expect(walk.state.idle.changes).toBe(1)
  })

  test('is a change of a local source whatever the pace, unless it fails', () => {
    const walk = new Walk({ local: true, proves: false })
    for (const key of ['one', 'two', 'three']) walk.give(key, 'changed')
    expect(nextStep(walk.go({ type: 'announced' }).state)).toMatchObject({ at: 0 })
    expect(nextStep(failing(walk, false).state)).toMatchObject({ reason: 'changed', at: 8_000 })
  })

  test('is another question while the breaker is open, for a source that does not watch', () => {
    expect(nextStep(opened().state)).toMatchObject({ kind: 'ask', reason: 'rejected' })
    expect(nextStep(opened({ local: true }).state)).toBeUndefined()
    expect(nextStep(opened().go({ type: 'watching', on: true }).state)).toBeUndefined()
  })

  test('is a proof that is due, unless a question comes first', () => {
    const walk = new Walk().give('one').wait(50).give('two', 'changed', { dueInMs: 700 })
    expect(nextStep(walk.state)).toEqual({ kind: 'prove', at: 50 })
    walk.prove('refused')
    expect(nextStep(walk.state)).toEqual({ kind: 'ask', reason: 'expiring', at: 750 })
    expect(nextStep(walk.ask('expiring').state)).toEqual({ kind: 'prove', at: 1_050 })
  })

  test('is the proof when a question is due at the same time', () => {
    const walk = new Walk().give('one').wait(50).give('two', 'changed', { dueInMs: 0 })
    expect(nextStep(walk.state)).toEqual({ kind: 'prove', at: 50 })
  })

  test('takes changes a second apart for one row of them', () => {
    const walk = new Walk({}, 5_000).give('one').accept().give('one', 'changed')
    expect(walk.wait(1_000).give('one', 'changed').state.idle.changes).toBe(2)
    expect(walk.wait(1_001).give('one', 'changed').state.idle.changes).toBe(1)
  })

  test('is no second proof beside a running one', () => {
    const walk = new Walk().give('one').give('two', 'changed').go({ type: 'proving' })
    expect(nextStep(walk.state)).toBeUndefined()
  })
})
