import fc from 'fast-check'
import { type Cause, causesByGroup } from '../../src/causes/cause'
import type { HealthEvent } from '../../src/health/facts'
import { type HealthState, startingState } from '../../src/health/facts'
import { transition } from '../../src/health/health-state'
import { isCredentialCause } from '../../src/health/policy'
import { bad, good, rulesOf } from './state-kit'

const causes = Object.values(causesByGroup).flat() as Cause[]

const success = fc
  .record({
    source: fc.constantFrom('active', 'passive', 'shared' as const),
    proof: fc.constantFrom('inference', 'balance', 'models' as const),
    warning: fc.constantFrom(undefined, null, 'model-unavailable' as const),
  })
  .map((changes) => good(changes as Parameters<typeof good>[0]))

const failure = fc
  .record({
    cause: fc.constantFrom(...causes),
    source: fc.constantFrom('active', 'passive', 'shared' as const),
    inference: fc.boolean(),
    startedAt: fc.integer({ min: 0, max: 10_000_000 }),
    credentialAccepted: fc.boolean(),
    refreshed: fc.boolean(),
    afterRefresh: fc.boolean(),
  })
  .map(({ cause, ...rest }) =>
    bad(cause, {
      ...rest,
      // An answer cannot both refuse and accept the key, and a replay needs a refresh.
      credentialAccepted: rest.credentialAccepted && !isCredentialCause(cause),
      afterRefresh: rest.afterRefresh && rest.refreshed,
    } as Parameters<typeof bad>[1]),
  )

const other = fc.constantFrom<HealthEvent>(
  { type: 'tick' },
  { type: 'refreshed' },
  { type: 'rotated' },
)

const step = fc.record({
  wait: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 400_000 })),
  event: fc.oneof<fc.Arbitrary<HealthEvent>[]>(success, failure, failure, other),
})

const story = fc.array(step, { maxLength: 40 })
const RUNS = { numRuns: 3_000 }

/** Every state of a story with the event that led to it. */
function* states(steps: { wait: number; event: HealthEvent }[], rules = rulesOf()) {
  let now = 0
  let state: HealthState = startingState(0)
  for (const { wait, event } of steps) {
    now += wait
    const before = state
    state = transition(state, event, now, rules)
    yield { before, state, event, now }
  }
}

test('one stray failure never turns a passing instance', () => {
  fc.assert(
    fc.property(story, failure, fc.integer({ min: 0, max: 1_000 }), (steps, stray, wait) => {
      const rules = rulesOf('guarded', { staleAfterMs: 1e9 })
      const last = [...states(steps, rules)].at(-1)
      if (last?.state.judgement.status !== 'pass' || last.state.failures > 0) return
      if ((last.state.inference?.count ?? 0) > 1) return
      const now = last.now + wait
      expect(transition(last.state, stray, now, rules).judgement.status).toBe('pass')
    }),
    RUNS,
  )
})

test('guarded never takes a steady instance out for anything but its own credential', () => {
  fc.assert(
    fc.property(story, (steps) => {
      for (const { state } of states(steps)) {
        const { status, phase, cause } = state.judgement
        if (status !== 'fail' || phase !== 'steady') continue
        expect(cause !== null && cause !== 'starting' && isCredentialCause(cause)).toBe(true)
      }
    }),
    RUNS,
  )
})

test('fail-open never takes a steady instance out', () => {
  fc.assert(
    fc.property(story, (steps) => {
      for (const { state } of states(steps, rulesOf('fail-open'))) {
        if (state.everReady) expect(state.judgement.status).not.toBe('fail')
      }
    }),
    RUNS,
  )
})

test('a key is rejected only after a row of refusals with a refresh among them', () => {
  fc.assert(
    fc.property(story, (steps) => {
      let refusals = 0
      let refreshed = false
      for (const { before, state, event } of states(steps)) {
        const counted = event.type === 'failure' && state.streak !== before.streak
        if (event.type === 'rotated' && state.streak === null) refusals = 0
        if (event.type === 'success' && state.failures === 0) refusals = 0
        if (counted && !isCredentialCause(event.cause)) refusals = 0
        if (refusals === 0) refreshed = false
        if (counted && isCredentialCause(event.cause)) refusals++
        if (event.type === 'refreshed' || (counted && event.refreshed)) refreshed = true
        const { verdict } = state
        const turned = verdict.kind === 'failing' && isCredentialCause(verdict.cause)
        if (turned && verdict !== before.verdict && event.type === 'failure') {
          expect(refusals).toBeGreaterThanOrEqual(3)
          expect(refreshed).toBe(true)
        }
      }
    }),
    RUNS,
  )
})

test('an instance that was ready once is steady for ever', () => {
  fc.assert(
    fc.property(story, (steps) => {
      for (const { before, state } of states(steps)) {
        if (before.everReady) expect(state.judgement.phase).toBe('steady')
      }
    }),
    RUNS,
  )
})

test('two fresh successes of inference end every verdict', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const last = [...states(steps)].at(-1)
      if (!last) return
      const proof = good({ proof: 'inference', warning: null })
      const once = transition(last.state, proof, last.now + 1, rulesOf())
      const twice = transition(once, proof, last.now + 2, rulesOf())
      expect(twice.judgement.status).toBe('pass')
    }),
    RUNS,
  )
})

test('the same story gives the same state, and leaves every state before it untouched', () => {
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  fc.assert(
    fc.property(story, (steps) => {
      const play = () => {
        let state = startingState(0)
        let now = 0
        for (const { wait, event } of steps) {
          now += wait
          freeze(state)
          state = transition(state, event, now, rulesOf())
        }
        return state
      }
      expect(play()).toEqual(play())
    }),
    { numRuns: 500 },
  )
})
