import type { StreamedReply } from './completions'
import { keyRejected, type Reply, replies } from './replies'

/** Modes that show only after a 200: they befall completions, and leave every other path alone. */
const BODY_MODES = [
  'stream-cut',
  'stream-stall',
  'stream-empty',
  'stream-malformed',
  'insufficient-resource',
  'content-filter',
] as const

type BodyMode = (typeof BODY_MODES)[number]

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
  ...BODY_MODES,
  'random',
] as const

/**
 * How the fake can fail. The modes after a 200 (`stream-…`, `insufficient-resource`,
 * `content-filter`) and `random` befall completions only; every other mode answers every path, the
 * health probe's included. `random` draws a mode or none for each completion, the same ones again
 * for the same `seed`; it never draws one that waits for good.
 */
export type FailureMode = (typeof MODES)[number]

/** What `random` draws from; `undefined` is a good answer, and the half of them are. */
const DRAWN: readonly (FailureMode | undefined)[] = [
  ...['busy', 'error', 'rate-limit', 'reset'].map((mode) => mode as FailureMode),
  ...BODY_MODES.filter((mode) => mode !== 'stream-stall'),
  ...Array<undefined>(9).fill(undefined),
]

function isBodyMode(mode: FailureMode): mode is BodyMode {
  return BODY_MODES.some((each) => each === mode)
}

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
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = mulberry(seed)
  }

  /** `times` absent: until healed; 0: this mode ends now. Throws a TypeError for nonsense. */
  add(mode: FailureMode, times = Number.POSITIVE_INFINITY): void {
    if (!MODES.some((known) => known === mode)) {
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
  next(isCompletion: boolean): FailureMode | undefined {
    const befalls = (mode: FailureMode | undefined): boolean =>
      mode !== undefined && (isCompletion || (mode !== 'random' && !isBodyMode(mode)))
    const first = this.#counted[0]
    const mode = first === undefined ? this.#lasting : first
    if (!befalls(mode)) return undefined
    this.#counted.shift()
    return mode === 'random' ? DRAWN[Math.floor(this.#random() * DRAWN.length)] : mode
  }
}

/** A small generator of numbers from 0 to 1, the same ones for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The finish reason of a completion under this mode; undefined: the usual one. */
export function finishOf(mode: FailureMode | undefined): string | undefined {
  if (mode === 'insufficient-resource') return 'insufficient_system_resource'
  return mode === 'content-filter' ? 'content_filter' : undefined
}

/** A reply that does not end as it began: `hang` keeps the socket open, `reset` tears it. */
export interface SpoiltReply extends StreamedReply {
  ending: 'end' | 'hang' | 'reset'
}

/** What is left of a good answer under a mode that strikes after the 200. */
export function spoil(mode: FailureMode, reply: Reply | StreamedReply): Reply | SpoiltReply {
  const isStream = 'chunks' in reply
  const comments = isStream ? ': keep-alive\n\n' : '\n'
  const chunks = isStream ? reply.chunks : [reply.body]
  const rest = (pieces: string[], ending: SpoiltReply['ending'] = 'end'): SpoiltReply => {
    return { ...reply, chunks: pieces, body: pieces.join(''), ending }
  }
  switch (mode) {
    case 'stream-cut':
      return isStream ? rest(half(chunks)) : rest([halfOf(reply.body)], 'reset')
    case 'stream-stall':
      return rest(isStream ? half(chunks) : [comments], 'hang')
    case 'stream-empty':
      return rest([comments, comments])
    case 'stream-malformed':
      return rest(isStream ? broken(chunks) : [halfOf(reply.body)])
    default:
      return reply
  }
}

function half(chunks: readonly string[]): string[] {
  return chunks.slice(0, Math.ceil(chunks.length / 2))
}

function halfOf(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2))
}

/** The event in the middle breaks off; all others are well, the end mark included. */
function broken(chunks: readonly string[]): string[] {
  const middle = Math.floor(chunks.length / 2)
  return chunks.map((chunk, index) => (index === middle ? `${halfOf(chunk)}\n\n` : chunk))
}
