import type { Cause } from '../../src/causes/cause'
import { transition } from '../../src/health/health-state'
import { bad, good, play, refused, rulesOf } from './state-kit'

const summary = (...args: Parameters<typeof play>) => {
  const { judgement, failures, everReady } = play(...args)
  return { ...judgement, failures, everReady }
}

describe('before the first evidence', () => {
  test('fails as starting', () => {
    expect(summary([{ type: 'tick' }])).toEqual({
      status: 'fail',
      cause: 'starting',
      decision: 'starting:startup=fail',
      phase: 'startup',
      failures: 0,
      everReady: false,
    })
  })

  test('is ready after one success', () => {
    expect(summary([good()])).toMatchObject({
      status: 'pass',
      cause: null,
      decision: 'accepted:steady=pass',
      phase: 'steady',
      everReady: true,
    })
  })

  test('names the outage at the first failure, which has nothing to flap from', () => {
    expect(summary([bad('service-busy')])).toMatchObject({
      status: 'fail',
      cause: 'service-busy',
      decision: 'service:startup=fail',
    })
  })

  test('names the newest trouble at once', () => {
    expect(summary([bad('service-busy'), bad('dns-failed')])).toMatchObject({
      status: 'fail',
      cause: 'dns-failed',
    })
  })

  test('lets traffic in, degraded, when the balance is empty', () => {
    const empty = bad('balance-exhausted', { credentialAccepted: true })
    expect(summary([empty])).toMatchObject({ status: 'warn', phase: 'steady', everReady: true })
  })

  test('lets traffic in, degraded, once the provider was away for the startup deadline', () => {
    const away = [bad('dns-failed'), 57_000, { type: 'tick' } as const]
    expect(summary(away).status).toBe('fail')
    expect(summary([...away, { type: 'tick' }])).toMatchObject({
      status: 'warn',
      cause: 'dns-failed',
      decision: 'network:steady=warn',
      everReady: true,
    })
  })

  test('lets traffic in past the deadline under strict as well, for as long as the outage lasts', () => {
    const away = [bad('dns-failed'), 60_000, { type: 'tick' } as const]
    const degraded = { status: 'warn', decision: 'network:startup=warn', everReady: true }
    expect(summary(away, rulesOf('strict'))).toMatchObject(degraded)
    expect(summary([...away, bad('dns-failed')], rulesOf('strict'))).toMatchObject(degraded)
  })

  test('judges by the steady rows of strict once the trouble at boot is over', () => {
    const boot = [bad('dns-failed'), 60_000, { type: 'tick' } as const, good(), good()]
    const outage = [bad('dns-failed'), bad('dns-failed'), bad('dns-failed')]
    expect(summary([...boot, ...outage], rulesOf('strict'))).toMatchObject({
      status: 'fail',
      decision: 'network:steady=fail',
    })
  })

  test('lets an instance without money in under strict, as the startup row says', () => {
    const empty = bad('balance-exhausted', { credentialAccepted: true })
    expect(summary([empty, empty, empty], rulesOf('strict'))).toMatchObject({
      status: 'warn',
      decision: 'account:startup=warn',
    })
  })
})

describe('a refusal of the credential', () => {
  test('counts for nothing until it is confirmed', () => {
    expect(summary([refused(), refused()])).toMatchObject({ cause: 'starting', failures: 2 })
    expect(play([refused(), refused()]).credential.value).toBe('unconfirmed')
  })

  test('is confirmed by the threshold with a refresh in between', () => {
    const state = play([refused(), refused(), refused()])
    expect(state.judgement).toMatchObject({
      status: 'fail',
      cause: 'key-rejected',
      decision: 'wrong-key:startup=fail',
    })
    expect(state.credential.value).toBe('rejected')
  })

  test('is never confirmed without a refresh', () => {
    const stuck = bad('key-rejected')
    expect(summary([good(), stuck, stuck, stuck, stuck, stuck]).status).toBe('pass')
  })

  test('is not confirmed by a refresh that came after the last of them', () => {
    const stuck = bad('key-rejected')
    expect(summary([good(), stuck, stuck, refused()]).status).toBe('pass')
  })

  test('is confirmed by a replay with the new credential that was refused as well', () => {
    const stuck = bad('key-rejected')
    const replayed = refused({ afterRefresh: true })
    expect(summary([good(), stuck, stuck, replayed]).status).toBe('fail')
  })

  test('starts over when something else came between', () => {
    const broken = [refused(), refused(), bad('service-error'), refused(), refused()]
    expect(summary([good(), ...broken]).cause).not.toBe('key-rejected')
  })

  test('starts over for another token', () => {
    const rotated = { type: 'rotated' } as const
    expect(summary([good(), refused(), refused(), rotated, refused()]).status).toBe('pass')
  })

  test('of a threshold of one needs nothing in between', () => {
    expect(summary([good(), refused()], rulesOf('guarded', { failureThreshold: 1 }))).toMatchObject(
      {
        status: 'fail',
        cause: 'key-rejected',
      },
    )
  })
})

describe('a confirmed bad key', () => {
  const confirmed = [good(), refused(), refused(), refused()]

  test('is not excused by an outage', () => {
    const outage = Array(5).fill(bad('service-busy'))
    expect(summary([...confirmed, ...outage]).cause).toBe('key-rejected')
  })

  test('gives way to an answer that accepts the key', () => {
    const empty = Array(3).fill(bad('balance-exhausted', { credentialAccepted: true }))
    expect(summary([...confirmed, ...empty])).toMatchObject({
      status: 'warn',
      cause: 'balance-exhausted',
    })
  })

  test('recovers after two successes', () => {
    expect(summary([...confirmed, good()]).status).toBe('fail')
    expect(summary([...confirmed, good(), good()]).status).toBe('pass')
  })

  test('stays bad however old the evidence gets', () => {
    expect(summary([...confirmed, 400_000, { type: 'tick' }])).toMatchObject({
      status: 'fail',
      decision: 'wrong-key:steady=fail',
    })
  })

  test('recovers after one success when it was never ready', () => {
    expect(summary([...confirmed.slice(1), good()]).status).toBe('pass')
  })
})

describe('an outage in steady state', () => {
  const busy = bad('service-busy')

  test('turns the verdict at the third failure, and keeps the instance in rotation', () => {
    expect(summary([good(), busy, busy])).toMatchObject({ status: 'pass', failures: 2 })
    expect(summary([good(), busy, busy, busy])).toMatchObject({
      status: 'warn',
      cause: 'service-busy',
      decision: 'service:steady=warn',
    })
  })

  test('may have several faces', () => {
    expect(summary([good(), busy, bad('timed-out'), bad('network-unreachable')])).toMatchObject({
      status: 'warn',
      cause: 'network-unreachable',
    })
  })

  test('is renamed within its row at once, and to another row by the threshold', () => {
    const down = [good(), busy, busy, busy]
    expect(summary([...down, bad('service-error')]).cause).toBe('service-error')
    const lost = bad('dns-failed')
    expect(summary([...down, lost, lost]).cause).toBe('service-busy')
    expect(summary([...down, lost, lost, lost]).cause).toBe('dns-failed')
  })

  test('ends after two successes, not after one', () => {
    const down = [good(), busy, busy, busy]
    expect(summary([...down, good(), busy, good()]).status).toBe('warn')
    expect(summary([...down, good(), good()])).toMatchObject({ status: 'pass', failures: 0 })
  })

  test('slows the probes down by their own failures, anew in each outage', () => {
    const live = { source: 'passive', inference: true } as const
    const down = play([good(), busy, busy, busy, busy, bad('service-busy', live)])
    expect(down.downProbes).toBe(2)
    expect(play([good(), good()], rulesOf(), down, 100_000).downProbes).toBe(0)
  })

  test('keeps its beginning while only the count grows', () => {
    const down = play([good(), busy, busy, busy])
    expect(play([busy, busy], rulesOf(), down, 10_000).since).toBe(4_000)
  })
})

describe('live traffic', () => {
  const live = (startedAt: number) =>
    bad('service-busy', { source: 'passive', inference: true, startedAt })

  test('counts calls that were under way together as one incident', () => {
    expect(summary([good(), live(1_500), live(1_500), live(1_500), live(1_500)])).toMatchObject({
      status: 'pass',
      failures: 1,
    })
  })

  test('counts a call that began after the last failure', () => {
    expect(summary([good(), live(1_500), live(2_000), live(3_000)]).status).toBe('warn')
  })

  test('outweighs the balance probe on whether inference works', () => {
    expect(summary([good(), live(1_500), good(), live(2_000), good(), live(4_000)])).toMatchObject({
      status: 'warn',
      cause: 'service-busy',
    })
  })

  const lost = (cause: Cause = 'service-busy') =>
    bad(cause, { source: 'passive', inference: true, refreshed: true })
  const works = good({ source: 'passive', proof: 'inference' })
  /** Failed inference with green probes all around. */
  const between = [good(), lost(), good(), 60_000, lost(), good(), 60_000, lost(), good(), good()]

  test('that failed three times warns, whatever the probes between say', () => {
    expect(summary(between)).toMatchObject({ status: 'warn', decision: 'service:steady=warn' })
    expect(summary(between.slice(0, -4)).status).toBe('pass')
  })

  test('that failed warns until one inference succeeds', () => {
    expect(summary([...between, works])).toMatchObject({ status: 'pass', cause: null })
  })

  test('that failed without a probe between warns until one inference succeeds', () => {
    const story = [good(), lost(), lost(), lost()]
    expect(summary([...story, good()]).status).toBe('warn')
    expect(summary([...story, works])).toMatchObject({ status: 'pass', cause: null })
  })

  test('that failed warns until the evidence is stale', () => {
    const probed = [295_000, good(), { type: 'tick' } as const]
    expect(summary([...between, ...probed]).status).toBe('warn')
    expect(summary([...between, ...probed, 1_000, { type: 'tick' }]).status).toBe('pass')
  })

  test('that fails on stays a warning, however slowly it fails', () => {
    expect(summary([...between, 290_000, good(), lost(), good()]).status).toBe('warn')
  })

  test('that fails once in a stale period is no row of failures', () => {
    const rare = [good(), lost(), 300_000, good(), lost(), 300_000, good(), lost(), good()]
    expect(summary(rare).status).toBe('pass')
  })

  test('fails an instance under strict, which asks for that', () => {
    expect(summary(between, rulesOf('strict'))).toMatchObject({
      status: 'fail',
      decision: 'service:steady=fail',
    })
  })

  test('never makes an accepted key refused', () => {
    const no = () => lost('key-rejected')
    const state = play([good(), no(), good(), no(), good(), no(), good(), no(), good()])
    expect(state.judgement).toMatchObject({
      status: 'warn',
      cause: 'key-rejected',
      decision: 'inference:steady=warn',
    })
    expect(state.credential.value).toBe('accepted')
  })

  test('that failed with a refused key is over with the refusal', () => {
    const no = () => lost('key-rejected')
    const story = [good(), no(), no(), no(), good(), good()]
    expect(summary(story.slice(0, 4)).status).toBe('fail')
    expect(summary(story).status).toBe('pass')
  })

  test('that another token was refused says nothing about this one', () => {
    const no = () => lost('key-rejected')
    const story = [good(), no(), good(), no(), good(), no(), good(), { type: 'rotated' } as const]
    expect(summary(story).status).toBe('pass')
  })

  test('does not outweigh the balance probe on whether the key is good', () => {
    const no = (startedAt: number) => refused({ source: 'passive', inference: true, startedAt })
    expect(summary([good(), no(1_500), no(2_000), good(), no(4_000)])).toMatchObject({
      failures: 1,
    })
  })

  test('outweighs a list of models that anybody may read, as a warning', () => {
    const no = (startedAt: number) => refused({ source: 'passive', inference: true, startedAt })
    const listed = good({ proof: 'models' })
    expect(summary([listed, no(1_500), no(2_000), listed, no(4_000)])).toMatchObject({
      status: 'warn',
      cause: 'key-rejected',
    })
  })

  test('of a busy healthy app makes no new state within a second', () => {
    const success = good({ source: 'passive', proof: 'inference', tookMs: undefined })
    const state = play([good(), success])
    expect(transition(state, success, 2_500, rulesOf())).toBe(state)
    expect(transition(state, success, 3_000, rulesOf())).not.toBe(state)
  })

  test('makes a new state sooner where evidence gets old sooner', () => {
    const rules = rulesOf('guarded', { staleAfterMs: 1_000 })
    const success = good({ source: 'passive', proof: 'inference', tookMs: undefined })
    const state = play([good(), success], rules)
    expect(transition(state, success, 2_499, rules)).toBe(state)
    expect(transition(state, success, 2_500, rules)).not.toBe(state)
  })

  test('tells within a second, too, that a model is not listed', () => {
    const success = good({ source: 'passive', proof: 'inference', tookMs: undefined })
    const state = play([good(), success])
    const warning = { ...success, warning: 'model-unavailable' as const }
    expect(transition(state, warning, 2_100, rulesOf()).judgement.status).toBe('warn')
  })

  test('that failed passes where the policy lets its cause pass', () => {
    expect(summary(between, rulesOf({ service: { steady: 'pass' } }))).toMatchObject({
      status: 'pass',
      cause: null,
      decision: 'accepted:steady=pass',
    })
  })

  test('is named as the source from its first call on', () => {
    const success = good({ source: 'passive', proof: 'inference', tookMs: undefined })
    expect(transition(play([good()]), success, 1_001, rulesOf()).source).toBe('passive')
  })
})

describe('evidence that got old', () => {
  test('warns a steady instance', () => {
    expect(summary([good(), 300_000, { type: 'tick' }])).toMatchObject({
      status: 'warn',
      cause: 'unknown',
      decision: 'stale:steady=warn',
    })
  })

  test('is forgotten with the next success', () => {
    expect(summary([good(), 300_000, { type: 'tick' }, good()]).status).toBe('pass')
  })

  test('fails it under strict', () => {
    expect(summary([good(), 300_000, { type: 'tick' }], rulesOf('strict')).status).toBe('fail')
  })
})

test('a configured model that is not listed is a warning', () => {
  expect(summary([good({ warning: 'model-unavailable' })])).toMatchObject({
    status: 'warn',
    cause: 'model-unavailable',
    decision: 'request:steady=warn',
  })
})

test('a probe that did not look at the models keeps what the last one saw', () => {
  expect(summary([good({ warning: 'model-unavailable' }), good()]).cause).toBe('model-unavailable')
  expect(summary([good({ warning: 'model-unavailable' }), good({ warning: null })]).cause).toBe(
    null,
  )
})

test('draining fails whatever else is known', () => {
  expect(summary([good(), { type: 'drain' }, good()])).toMatchObject({
    status: 'fail',
    phase: 'draining',
    decision: 'draining:steady=fail',
  })
})

test('a failure tells how long it took, and without that the last time stays', () => {
  const took = (...changes: { tookMs?: number }[]) =>
    play([good(), ...changes.map((change) => bad('service-busy', change))]).responseTime
  expect(took({ tookMs: 900 })).toEqual({ value: 900, at: 2_000 })
  expect(took({})).toEqual({ value: 40, at: 1_000 })
})

test('an event that changes nothing gives the same state back', () => {
  const state = play([good()])
  expect(transition(state, { type: 'tick' }, 2_000, rulesOf())).toBe(state)
})
