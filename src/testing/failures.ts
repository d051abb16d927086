import { keyRejected, type Reply, replies } from './replies'

const MODES = [
  'busy',
  'error',
  'rate-limit',
  'balance-limit',
  'hang',
  'reset',
  'html-proxy',
  'governor',
  'strip-authorization',
  'echo-other-key',
] as const

/** How the fake can fail; each mode answers every path, the health probe's included. */
export type FailureMode = (typeof MODES)[number]

/** Modes that answer; the others treat the socket or the request instead. */
const ANSWERS: Partial<Record<FailureMode, (tail: string) => Reply>> = {
  busy: () => replies.busy,
  error: () => replies.error,
  'rate-limit': () => replies.rateLimit,
  'balance-limit': () => replies.balanceLimit,
  'html-proxy': () => replies.htmlProxy,
  governor: () => replies.governor,
  'echo-other-key': (tail) => keyRejected(tail === 'beef' ? 'cafe' : 'beef'),
}

/** The answer of a failing provider to a key that ends in `tail`; undefined when it gives none. */
export function failingAnswer(mode: FailureMode, tail: string): Reply | undefined {
  return ANSWERS[mode]?.(tail)
}

/** Which failure comes next: counted ones in the order given, then the lasting one. */
export class FailurePlan {
  #counted: FailureMode[] = []
  #lasting: FailureMode | undefined

  /** `times` absent: until healed; 0: this mode ends now. Throws a TypeError for nonsense. */
  add(mode: FailureMode, times = Number.POSITIVE_INFINITY): void {
    if (!MODES.includes(mode)) {
      throw new TypeError(`fail() knows ${MODES.join(', ')}, and nothing else.`)
    }
    if (times !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(times) && times >= 0)) {
      throw new TypeError('The times of fail() must be an integer of at least 0.')
    }
    if (times === 0) {
      this.#counted = this.#counted.filter((other) => other !== mode)
      if (this.#lasting === mode) this.#lasting = undefined
    } else if (times === Number.POSITIVE_INFINITY) {
      this.#lasting = mode
    } else {
      this.#counted.push(...Array<FailureMode>(times).fill(mode))
    }
  }

  clear(): void {
    this.#counted = []
    this.#lasting = undefined
  }

  /** Takes the failure of the next request off the plan. */
  next(): FailureMode | undefined {
    return this.#counted.shift() ?? this.#lasting
  }
}
