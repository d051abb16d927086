import fc from 'fast-check'
import type { HeldToken } from '../../src/credentials/credential'
import { decide, decideAfterRefusal, nextStep } from '../../src/credentials/token-decision'
import { isUsable } from '../../src/credentials/token-facts'
import { TokenError } from '../../src/errors'
import { fresh, Walk } from './state-kit'

/** Cheaper than `expect`, which would take most of the time of millions of steps. */
function must(isTrue: boolean, rule: string): void {
  if (!isTrue) throw new Error(rule)
}

/**
 * The pure part under everything at once, without a promise or a timer: calls, answers in any
 * order, a source that rotates, fails and tells of changes, proofs, and time.
 */
class Model {
  readonly walk: Walk
  readonly underWay: { token: HeldToken; probe: boolean }[] = []
  readonly #local: boolean
  #serial = 1
  readonly #valid = new Set(['key-1'])
  /** By the oracle's own book-keeping: what is known refused, and when it was refused or tried. */
  readonly #refused = new Map<string, number>()
  #forced: number[] = []

  constructor(local: boolean) {
    this.#local = local
    this.walk = new Walk({ local }, 1_000)
  }

  get #key(): string {
    return `key-${this.#serial}`
  }

  rotate(good: boolean): void {
    this.#serial += 1
    if (good) this.#valid.add(this.#key)
  }

  rollBack(): void {
    this.#serial = Math.max(1, this.#serial - 1)
  }

  revoke(): void {
    this.#valid.delete(this.#key)
  }

  announce(): void {
    this.walk.go({ type: 'announced' })
  }

  close(): void {
    this.walk.go({ type: 'closed' })
  }

  call(purpose: 'call' | 'probe'): void {
    const { state, now, held } = {
      ...this.walk,
      state: this.walk.state,
      held: this.walk.state.held,
    }
    const decision = decide(state, purpose, now)
    if (decision.kind === 'ask') {
      this.#ask(decision.reason)
      return
    }
    const live = held !== undefined && now < state.expiresAt
    if (purpose === 'probe' && live) must(decision.kind === 'send', 'a probe was held back')
    if (decision.kind !== 'send' && decision.kind !== 'trial') return
    const { token } = decision
    must(token.id === held?.id, 'another token was sent than the one held')
    if (purpose === 'call') this.#checkSend(token, decision.kind === 'trial')
    if (decision.kind === 'trial') this.walk.go({ type: 'trial' })
    this.underWay.push({ token, probe: purpose === 'probe' })
  }

  #checkSend(token: HeldToken, trial: boolean): void {
    const at = this.#refused.get(token.id)
    if (at === undefined) return
    must(trial, 'a refused token was sent')
    must(this.walk.now - at >= 1_000, 'a refused token was tried too soon')
    this.#refused.set(token.id, this.walk.now)
  }

  answer(index: number): void {
    const [one] = this.underWay.splice(index % Math.max(1, this.underWay.length), 1)
    if (one === undefined) return
    const { token } = one
    const before = this.walk.state
    const isCurrent = token.generation === before.held?.generation
    if (this.#valid.has(token.secret.reveal())) {
      this.walk.accept(token)
      if (isCurrent) this.#refused.delete(token.id)
      this.#forced = []
      if (!isCurrent)
        must(this.walk.state.breaker === before.breaker, 'an old token closed the breaker')
      return
    }
    this.walk.refuse(token)
    const next = decideAfterRefusal(this.walk.state, token, this.walk.now)
    if (!isCurrent) {
      must(next.kind === 'done', 'an old token started a refresh')
      must(this.walk.state.held === before.held, 'an old token changed the one in use')
    }
    this.#note(before.held)
    if (next.kind === 'ask') this.#ask(next.reason)
  }

  /** What was replaced after a 401 is known refused; so is what the breaker is open on. */
  #note(before: HeldToken | undefined): void {
    const { held, breaker } = this.walk.state
    if (before !== undefined && before.id !== held?.id) this.#refused.set(before.id, this.walk.now)
    if (held !== undefined && breaker.kind === 'open' && !this.#refused.has(held.id)) {
      this.#refused.set(held.id, breaker.at)
    }
  }

  #ask(reason: 'initial' | 'expiring' | 'rejected' | 'changed'): void {
    must(this.walk.state.asking === undefined, 'two flights at a time')
    if (!this.#local && reason === 'rejected') {
      this.#forced.push(this.walk.now)
      const fourth = this.#forced.at(-4)
      if (fourth !== undefined) must(this.walk.now - fourth >= 5_000, 'a source was hammered')
    }
    this.walk.ask(reason)
    if (this.#local) this.land(true, undefined)
  }

  land(good: boolean, lifetimeMs: number | undefined): void {
    const before = this.walk.state
    const { asking, held } = before
    if (asking === undefined) return
    const { now } = this.walk
    if (!good) {
      this.walk.go({ type: 'failed', error: new TokenError('x'), exhausted: false, jitter: 0 })
      must(this.walk.state.held === held, 'a failure changed the token')
      return
    }
    const more = lifetimeMs === undefined ? {} : { lifetimeMs, dueInMs: lifetimeMs / 2 }
    this.walk.go({ type: 'given', fresh: fresh(this.#key, more), jitter: 0 })
    const { state } = this.walk
    const doubted = before.breaker.rounds > 0 && held?.id !== state.held?.id
    if (doubted && held !== undefined) this.#refused.set(held.id, before.breaker.at)
    const unasked = asking.reason === 'changed' || asking.reason === 'expiring'
    const works = isUsable(before, now) && before.breaker.rounds === 0
    if (unasked && works && lifetimeMs === undefined && !before.closed) {
      must(state.held?.id === held?.id, 'an unproved key took over')
    }
  }

  prove(blind: boolean): void {
    const { candidate, held } = this.walk.state
    if (candidate?.kind !== 'due' || candidate.at > this.walk.now) return
    const accepted = this.#valid.has(candidate.fresh.secret.reveal())
    this.walk.prove(blind ? 'none' : accepted ? 'accepted' : 'refused')
    if (blind || !accepted)
      must(this.walk.state.held === held, 'a key took over that was not accepted')
    else must(this.walk.state.held?.id === candidate.fresh.secret.id, 'an accepted key stayed out')
    if (accepted && !blind) this.#refused.delete(candidate.fresh.secret.id)
  }

  wait(ms: number): void {
    this.walk.wait(ms)
    const step = nextStep(this.walk.state)
    if (step?.kind === 'ask' && step.at <= this.walk.now) this.#ask(step.reason)
  }

  /** What holds in every state. */
  check(before: HeldToken | undefined): void {
    const { state } = this.walk
    const { held } = state
    if (held?.generation !== before?.generation) {
      must((held?.generation ?? 0) > (before?.generation ?? 0), 'a generation went back')
      must(held?.id !== before?.id, 'a new generation of the same token')
    } else must(held?.id === before?.id, 'another token of the same generation')
    must(
      held === undefined || state.candidate?.fresh.secret.id !== held.id,
      'proves what is in use',
    )
    must(state.refused.size <= 32, 'remembers for ever')
    must(!state.closed || nextStep(state) === undefined, 'works on after close')
  }
}

type Act = (model: Model) => void

const acts: fc.Arbitrary<Act>[] = [
  fc.constant<Act>((model) => model.call('call')),
  fc.constant<Act>((model) => model.call('call')),
  fc.constant<Act>((model) => model.call('probe')),
  fc.nat(20).map<Act>((index) => (model) => model.answer(index)),
  fc.nat(20).map<Act>((index) => (model) => model.answer(index)),
  fc.boolean().map<Act>((good) => (model) => model.rotate(good)),
  fc.constant<Act>((model) => model.revoke()),
  fc.constant<Act>((model) => model.rollBack()),
  fc.constant<Act>((model) => model.announce()),
  fc.tuple(fc.boolean(), fc.constantFrom(undefined, undefined, 5_000, 3_600_000)).map<Act>(
    ([good, lifetimeMs]) =>
      (model) =>
        model.land(good, lifetimeMs),
  ),
  fc.boolean().map<Act>((blind) => (model) => model.prove(blind)),
  fc.constantFrom(1, 100, 300, 1_000, 5_500, 40_000).map<Act>((ms) => (model) => model.wait(ms)),
]

const history = fc.array(fc.oneof(...acts), { minLength: 10, maxLength: 80, size: 'max' })

test.each([
  ['a remote source', false],
  ['a local source', true],
])('the rules hold in every history of %s', (_name, local) => {
  fc.assert(
    fc.property(history, fc.boolean(), (all, closes) => {
      const model = new Model(local)
      for (const act of closes ? [...all, (one: Model) => one.close(), ...all] : all) {
        const before = model.walk.state.held
        act(model)
        model.check(before)
      }
    }),
    { numRuns: 3_000, interruptAfterTimeLimit: 20_000 },
  )
})
