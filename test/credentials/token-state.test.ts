import type { HeldToken } from '../../src/credentials/credential'
import { candidateToken, isUsable } from '../../src/credentials/token-facts'
import { TokenError } from '../../src/errors'
import { fresh, opened, Walk } from './state-kit'

const HOUR = 3_600_000

function failed(walk: Walk, options: { permanent?: boolean; retryAfterMs?: number } = {}): Walk {
  const error = new TokenError('down', options)
  return walk.go({ type: 'failed', error, exhausted: false, jitter: 0 })
}

describe('a token that the source gives', () => {
  test('is held with all that the source said of it', () => {
    const more = { account: 'a', version: '7', lifetimeMs: HOUR, dueInMs: 1_000 }
    const { held, state } = new Walk({}, 50).give('one', 'initial', more)
    expect(held).toMatchObject({
      generation: 1,
      source: 'test',
      obtainedAt: 50,
      account: 'a',
      version: '7',
      lifetimeMs: HOUR,
    })
    expect(state).toMatchObject({ expiresAt: 50 + HOUR, dueAt: 1_050, asking: undefined })
  })

  test('says nothing that the source did not say', () => {
    const { held, state } = new Walk().give('one')
    expect(Object.keys(held).sort()).toEqual(['generation', 'id', 'obtainedAt', 'secret', 'source'])
    expect(state.expiresAt).toBe(Number.POSITIVE_INFINITY)
  })

  test('is of the next generation only when it differs', () => {
    const walk = new Walk().give('one').give('one', 'rejected')
    expect(walk.held.generation).toBe(1)
    expect(walk.give('two', 'rejected').held.generation).toBe(2)
  })

  test('may be used to the last moment of its lifetime and not at its end', () => {
    const { state } = new Walk().give('one', 'initial', { lifetimeMs: HOUR })
    expect([HOUR - 1, HOUR].map((now) => isUsable(state, now))).toEqual([true, false])
  })

  test('takes a new end when it is given again with one', () => {
    const walk = new Walk().give('one', 'initial', { lifetimeMs: HOUR, version: '1' }).wait(1_000)
    walk.give('one', 'expiring', { lifetimeMs: HOUR, version: '2' })
    expect(walk.held).toMatchObject({ generation: 1, obtainedAt: 1_000, version: '2' })
    expect(walk.state.expiresAt).toBe(HOUR + 1_000)
  })

  test('keeps its end when it is given again without one, and the next wish is followed', () => {
    const walk = new Walk().give('one', 'initial', { lifetimeMs: HOUR }).wait(1_000)
    walk.give('one', 'expiring', { dueInMs: 500 })
    expect(walk.state).toMatchObject({ expiresAt: HOUR, dueAt: 1_500 })
    expect(walk.held.obtainedAt).toBe(0)
  })

  test('lives again when it is given once more after its end', () => {
    const walk = new Walk().give('one', 'initial', { lifetimeMs: HOUR }).wait(HOUR)
    walk.give('one', 'expiring')
    expect(walk.state.expiresAt).toBe(Number.POSITIVE_INFINITY)
  })

  test('ends the failure of the question before', () => {
    const walk = failed(new Walk().ask('initial'))
    expect(walk.state.failure?.error.message).toBe('down')
    expect(walk.give('one').state.failure).toBeUndefined()
  })
})

describe('a 401', () => {
  test('of an older generation changes nothing of the token in use', () => {
    const walk = new Walk().give('one')
    const old = walk.held
    walk.give('two', 'rejected').accept()
    const { held, breaker, proven } = walk.state
    walk.refuse(old)
    expect(walk.state).toMatchObject({ held, breaker, proven })
  })

  test('marks what calls take from now on, so that rounds can be told apart', () => {
    const walk = new Walk({}, 70).give('one').refuse()
    expect(walk.held).toMatchObject({ refusals: 1, refusedAt: 70 })
    walk.wait(5).refuse()
    expect(walk.held).toMatchObject({ refusals: 2, refusedAt: 75 })
  })

  test('is forgotten with the next success, which is news once', () => {
    const walk = new Walk().give('one').refuse().refuse()
    expect(walk.state.proven).toBe(false)
    walk.accept()
    expect(walk.state).toMatchObject({ proven: true, breaker: { rounds: 0 }, answered: 0 })
    expect(walk.held).not.toHaveProperty('refusals')
    expect(walk.refuse().refuse().state.breaker.kind).toBe('closed')
  })

  test('of a key of a pool holds it back at once', () => {
    const walk = new Walk({ selfBenching: true }).give('one').refuse()
    expect(walk.state.breaker).toMatchObject({ kind: 'open', why: 'certain' })
    expect(walk.give('one', 'changed').state.breaker.kind).toBe('closed')
  })

  test('of a key of a pool that was replaced is the business of the pool', () => {
    const walk = new Walk({ selfBenching: true }).give('one')
    const old = walk.held
    expect(walk.give('two', 'rejected').refuse(old).state.refused.size).toBe(0)
  })

  test('by an account without money is not healed by a success', () => {
    const walk = new Walk({ selfBenching: true }).give('one')
    walk.refuse(walk.held, 'account').accept()
    expect(walk.state.breaker).toMatchObject({ kind: 'open', why: 'account' })
  })
})

describe('a token that was refused and replaced', () => {
  const replaced = (): Walk =>
    new Walk({ proves: false }).give('one').refuse().give('two', 'rejected')

  test('does not push out one that works', () => {
    const walk = replaced().accept().wait(60_000).give('one', 'expiring', { dueInMs: 5_000 })
    expect([walk.text, walk.state.dueAt]).toEqual(['two', Number.POSITIVE_INFINITY])
  })

  test('does not push out one in doubt before it may be tried itself', () => {
    const walk = replaced().refuse().wait(999).give('one', 'rejected')
    expect(walk.text).toBe('two')
    expect(walk.wait(1).give('one', 'rejected').text).toBe('one')
  })

  test('comes back as one that is known refused', () => {
    const walk = replaced().refuse().wait(5_000).give('one', 'rejected')
    expect(walk.state.breaker).toMatchObject({ kind: 'open', until: 1_000 })
    expect(walk.held).toMatchObject({ generation: 3, refusals: 1, refusedAt: 0 })
    expect(walk.accept().state.refused.has(walk.held.id)).toBe(false)
  })

  test('is remembered, and 32 of its like', () => {
    const walk = new Walk({ proves: false })
    for (let key = 0; key < 40; key += 1) walk.give(`key-${key}`, 'rejected').refuse()
    expect(walk.state.refused.size).toBe(32)
    expect(walk.state.refused.has(fresh('key-0').secret.id)).toBe(false)
    expect(walk.state.refused.has(fresh('key-38').secret.id)).toBe(true)
  })

  test('is remembered when its 401 comes late', () => {
    const walk = new Walk({ proves: false }).give('one')
    const old = walk.held
    walk.give('two', 'expiring').accept().wait(10).refuse(old)
    expect(walk.state.refused.get(old.id)).toBe(10)
  })

  test('is no longer held against a token of the same text that is in use', () => {
    const walk = new Walk({ proves: false }).give('one')
    const old = walk.held
    walk.give('two', 'expiring').give('one', 'expiring').refuse(old)
    expect(walk.state.refused.size).toBe(0)
  })
})

describe('the breaker', () => {
  test('closes when the source gives another token', () => {
    const walk = opened().give('two', 'rejected')
    expect([walk.text, walk.state.breaker.kind]).toEqual(['two', 'closed'])
  })

  test('stays open when the source gives the same token', () => {
    expect(opened().give('one', 'rejected').state.breaker.kind).toBe('open')
  })

  test('counts the wait anew after a trial has left', () => {
    const walk = opened().wait(1_500).go({ type: 'trial' })
    expect(walk.state.breaker).toMatchObject({ until: walk.now + 1_000 })
  })

  test('closes when the fleet had the token accepted, and not for another one', () => {
    const walk = opened()
    expect(walk.go({ type: 'heard', id: 'other' }).state.breaker.kind).toBe('open')
    expect(walk.go({ type: 'heard', id: walk.held.id }).state.breaker.kind).toBe('closed')
  })
})

describe('the pace', () => {
  test('takes the same token after a 401 for an answer in vain, and otherwise not', () => {
    expect(new Walk().give('one').accept().give('one', 'rejected').state.pace.inVain).toBe(1)
    expect(new Walk().give('one').accept().give('one', 'expiring').state.pace.inVain).toBe(0)
  })

  test('begins anew with a success of a token that was one of those in vain', () => {
    const walk = new Walk().give('one').accept().wait(10)
    const proven = walk.held
    walk.refuse().give('two', 'rejected').wait(10)
    const between = walk.held
    walk.refuse().give('three', 'rejected')
    expect(walk.accept(proven).state.pace.inVain).toBe(2)
    expect(walk.accept(between).state.pace.inVain).toBe(0)
  })

  test('follows the wait that a failing source names', () => {
    const walk = failed(new Walk({}, 100).ask('initial'), { retryAfterMs: 7_000 })
    expect(walk.state.pace.notBefore).toBe(7_100)
  })
})

describe('what the source was asked', () => {
  test('is remembered while it is in the air', () => {
    const walk = new Walk()
      .give('one')
      .refuse()
      .go({ type: 'asked', reason: 'rejected', quiet: true })
    expect(walk.state.asking).toEqual({
      reason: 'rejected',
      quiet: true,
      generation: 1,
      refusals: 1,
    })
  })

  test('before another token took over does not bring back the one before it', () => {
    const walk = new Walk().give('one').give('two', 'changed').ask('changed')
    walk.go({ type: 'heard', id: fresh('two').secret.id })
    walk.go({ type: 'given', fresh: fresh('one'), jitter: 0 })
    expect([walk.text, walk.state.candidate, walk.state.asking]).toEqual([
      'two',
      undefined,
      undefined,
    ])
    expect(walk.state.changeDue).toBe(true)
  })

  test('before another token took over is no change that is still due, unless it was one', () => {
    const walk = new Walk().give('one').give('two', 'changed').ask('expiring')
    walk.go({ type: 'heard', id: fresh('two').secret.id })
    walk.go({ type: 'given', fresh: fresh('one'), jitter: 0 })
    expect([walk.text, walk.state.changeDue]).toEqual(['two', false])
  })

  test('is the only thing that an answer is taken for', () => {
    const walk = new Walk().go({ type: 'given', fresh: fresh('one'), jitter: 0 })
    expect(walk.state).toMatchObject({ held: undefined, asking: undefined, changeDue: true })
  })

  test('for another reason than a change is no idle change', () => {
    const walk = new Walk({}, 5_000).give('one').accept()
    for (let turn = 0; turn < 4; turn += 1) walk.give('one', 'expiring')
    expect(walk.state.idle.changes).toBe(0)
  })

  test('by force answers for all calls that had left by then', () => {
    const walk = new Walk().give('one').refuse().ask('rejected').refuse()
    walk.go({ type: 'given', fresh: fresh('one'), jitter: 0 })
    expect(walk.state.answered).toBe(1)
    expect(walk.give('one', 'expiring').state.answered).toBe(1)
  })

  test('after a change settles the change', () => {
    const walk = new Walk().give('one').go({ type: 'announced' })
    expect(walk.ask('expiring').state.changeDue).toBe(true)
    expect(walk.ask('changed').state.changeDue).toBe(false)
  })

  test('after a change is asked again when it failed for now, and not when it failed for good', () => {
    expect(failed(new Walk().give('one').ask('changed')).state.changeDue).toBe(true)
    const gone = failed(new Walk().give('one').ask('changed'), { permanent: true })
    expect(gone.state.changeDue).toBe(false)
    expect(failed(new Walk().give('one').ask('expiring')).state.changeDue).toBe(false)
  })
})

describe('a candidate', () => {
  const rotated = (text = 'two'): Walk => new Walk().give('one').give(text, 'changed')
  const candidateOf = (walk: Walk) => walk.state.candidate

  test('waits for its proof beside the token in use', () => {
    const walk = rotated()
    expect(walk.text).toBe('one')
    expect(candidateOf(walk)).toMatchObject({ kind: 'due', at: 0, attempts: 0, refused: false })
  })

  test('would be the next generation', () => {
    const walk = rotated()
    const { candidate } = walk.state
    if (candidate === undefined) throw new Error('none')
    const token: HeldToken = candidateToken(walk.state, candidate, 5)
    expect(token).toMatchObject({ generation: 2, obtainedAt: 5, source: 'test' })
  })

  test('takes over proven when it is accepted', () => {
    const walk = rotated().prove('accepted')
    expect(walk.text).toBe('two')
    expect(walk.state).toMatchObject({ proven: true, candidate: undefined, pace: { inVain: 0 } })
  })

  test('is tried again later when it is refused, and known refused meanwhile', () => {
    const walk = rotated().prove('refused')
    expect(candidateOf(walk)).toMatchObject({ kind: 'due', at: 1_000, attempts: 1, refused: true })
    expect(walk.state.refused.get(fresh('two').secret.id)).toBe(0)
    walk.wait(1_000).prove('none')
    expect(candidateOf(walk)).toMatchObject({ at: 3_000, attempts: 2, refused: true })
  })

  test('is tried again when the fleet says so', () => {
    expect(candidateOf(rotated().prove('refused', 40_000))).toMatchObject({ at: 40_000 })
  })

  test('is not known refused without a verdict', () => {
    const walk = rotated().prove('none')
    expect(candidateOf(walk)).toMatchObject({ at: 1_000, refused: false })
    expect(walk.state.refused.size).toBe(0)
  })

  test('takes over with the first 401 of the token in use, which is known refused from then on', () => {
    const walk = rotated()
    const old = walk.held
    walk.refuse()
    expect(walk.text).toBe('two')
    expect([...walk.state.refused.keys()]).toEqual([old.id])
  })

  test('stays out at such a 401 when it was refused itself, or when the account is empty', () => {
    expect(rotated().prove('refused').refuse().text).toBe('one')
    const walk = rotated()
    expect(walk.refuse(walk.held, 'account').text).toBe('one')
  })

  test('stays out at the late 401 of an older token', () => {
    const walk = new Walk({}, 0).give('zero')
    const old = walk.held
    walk.give('one', 'rejected').accept().give('two', 'changed').refuse(old)
    expect(walk.text).toBe('one')
  })

  test('is dropped when the source goes back, and replaced by another', () => {
    expect(candidateOf(rotated().give('one', 'changed'))).toBeUndefined()
    const walk = rotated().prove('refused').give('three', 'changed')
    expect(candidateOf(walk)).toMatchObject({ attempts: 0, refused: false })
    expect(candidateOf(walk)?.fresh.secret.reveal()).toBe('three')
  })

  test('is tried at once, with its history, when the source gives it again', () => {
    const walk = rotated().prove('refused').wait(10).give('two', 'changed')
    expect(candidateOf(walk)).toMatchObject({ kind: 'due', at: 10, attempts: 1, refused: true })
  })

  test('is not tried twice at a time', () => {
    const walk = rotated().go({ type: 'proving' }).give('two', 'changed')
    expect(candidateOf(walk)).toMatchObject({ kind: 'proving' })
  })

  test('hears no verdict about another one, or without a proof', () => {
    const walk = rotated()
    const id = fresh('two').secret.id
    walk.go({ type: 'proved', id, verdict: 'accepted', jitter: 0 })
    expect(walk.text).toBe('one')
    walk.go({ type: 'proving' }).go({ type: 'proved', id: 'x', verdict: 'accepted', jitter: 0 })
    expect(walk.text).toBe('one')
  })

  test('stands where a verdict about another one, or about none, comes in', () => {
    const proved = { type: 'proved', id: 'x', verdict: 'refused', jitter: 0 } as const
    const proving = rotated().go({ type: 'proving' })
    const before = proving.state
    expect(proving.go(proved).state).toBe(before)
    const none = new Walk().give('one')
    const alone = none.state
    expect(none.go(proved).state).toBe(alone)
    expect(none.go({ type: 'proving' }).state).toBe(alone)
  })

  test('takes over when the fleet had it accepted', () => {
    const walk = rotated().go({ type: 'heard', id: fresh('two').secret.id })
    expect([walk.text, walk.state.proven]).toEqual(['two', true])
  })

  test('sets the time of the next proactive refresh', () => {
    const walk = new Walk({}, 100).give('one', 'initial', { dueInMs: 50 })
    walk.give('two', 'expiring', { dueInMs: 700 })
    expect(walk.state.dueAt).toBe(800)
  })

  test.each<[string, () => Walk]>([
    ['there is no token yet', () => new Walk().give('two', 'changed')],
    [
      'it has a lifetime',
      () => new Walk().give('one').give('two', 'changed', { lifetimeMs: HOUR }),
    ],
    ['it comes after a 401', () => new Walk().give('one').give('two', 'rejected')],
    ['nobody can prove', () => new Walk({ proves: false }).give('one').give('two', 'changed')],
    ['the token in use is in doubt', () => new Walk().give('one').refuse().give('two', 'changed')],
    ['the breaker is open', () => opened().give('two', 'changed')],
    [
      'the token in use has ended',
      () =>
        new Walk().give('one', 'initial', { lifetimeMs: 5 }).wait(2_000).give('two', 'expiring'),
    ],
  ])('is not made when %s', (_name, walk) => {
    expect([walk().text, candidateOf(walk())]).toEqual(['two', undefined])
  })
})

describe('a closed holder', () => {
  test('keeps its token, and forgets candidates and changes', () => {
    const walk = new Walk().give('one').give('two', 'changed').go({ type: 'announced' })
    walk.go({ type: 'closed' })
    expect(walk.state).toMatchObject({ closed: true, candidate: undefined, changeDue: false })
    expect(walk.text).toBe('one')
    expect(walk.go({ type: 'announced' }).state.changeDue).toBe(false)
  })
})
