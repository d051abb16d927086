import type { HeldToken } from '../../src/credentials/credential'
import type { TokenRequest } from '../../src/credentials/source'
import {
  type Fresh,
  initialState,
  type TokenEvent,
  type TokenRules,
  type TokenState,
} from '../../src/credentials/token-facts'
import { transition } from '../../src/credentials/token-state'
import { Secret } from '../../src/secret'

export const rules: TokenRules = { source: 'test', local: false, selfBenching: false, proves: true }

export function fresh(text: string, more: Partial<Fresh> = {}): Fresh {
  return { secret: new Secret(text), dueInMs: Number.POSITIVE_INFINITY, ...more }
}

/** A state that is moved from event to event, frozen at each, so that nobody writes to it. */
export class Walk {
  state: TokenState
  now: number

  constructor(more: Partial<TokenRules> = {}, now = 0) {
    this.state = initialState({ ...rules, ...more })
    this.now = now
  }

  get held(): HeldToken {
    if (this.state.held === undefined) throw new Error('There is no token.')
    return this.state.held
  }

  /** The text of the token in use. */
  get text(): string | undefined {
    return this.state.held?.secret.reveal()
  }

  go(event: TokenEvent): this {
    Object.freeze(this.state)
    this.state = transition(this.state, event, this.now)
    return this
  }

  wait(ms: number): this {
    this.now += ms
    return this
  }

  ask(reason: TokenRequest['reason']): this {
    return this.go({ type: 'asked', reason })
  }

  /** The source is asked and answers at once. */
  give(text: string, reason: TokenRequest['reason'] = 'initial', more: Partial<Fresh> = {}): this {
    return this.ask(reason).go({ type: 'given', fresh: fresh(text, more), jitter: 0 })
  }

  accept(token: HeldToken = this.held): this {
    return this.go({ type: 'accepted', token })
  }

  refuse(token: HeldToken = this.held, certain?: 'certain' | 'account'): this {
    return this.go({ type: 'refused', token, ...(certain ? { certain } : {}) })
  }

  prove(verdict: 'accepted' | 'refused' | 'none', retryInMs?: number): this {
    const id = this.state.candidate?.fresh.secret.id ?? ''
    const wait = retryInMs === undefined ? {} : { retryInMs }
    return this.go({ type: 'proving' }).go({ type: 'proved', id, verdict, jitter: 0, ...wait })
  }
}

/** Three rounds of 401s: the breaker is open. */
export function opened(more: Partial<TokenRules> = {}): Walk {
  return new Walk(more, 1_000).give('one').refuse().refuse().refuse()
}
