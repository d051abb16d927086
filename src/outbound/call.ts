import type { Cause, Diagnosis } from '../causes/cause'
import type { Clock } from '../clock'
import type { HeldToken } from '../credentials/credential'
import type { UsageFields } from '../provider/usage'
import type { Secret } from '../secret'
import type { Endpoint } from './destination'

/**
 * One call while it runs, and its outcome afterwards. What only a listener wants (path, start) is
 * worked out when it is read, so that a call costs one object.
 */
export class Call implements CallOutcome {
  status: number | undefined
  diagnosis: Diagnosis | undefined
  /** The last token sent, or the one that is held back. */
  token: HeldToken | undefined
  retryAfterMs: number | undefined
  /** True once the one replay has left. */
  replayed = false
  synthetic = false
  refreshed = false
  stream: CallOutcome['stream']
  usage: UsageFields | undefined
  model: string | undefined
  /** What was read of the answer's body; goes nowhere but into the memory of verdicts. */
  text: string | undefined
  /** What a watched body ended with. */
  streamError: unknown
  resendCount = 0
  durationMs = 0
  readonly purpose: 'call' | 'probe'
  readonly endpoint: Endpoint
  readonly #method: string
  readonly #clock: Clock | undefined
  readonly #begun: number

  constructor(
    purpose: 'call' | 'probe',
    method: string,
    endpoint: Endpoint,
    clock: Clock | undefined,
  ) {
    this.purpose = purpose
    this.endpoint = endpoint
    this.#method = method
    this.#clock = clock
    this.#begun = clock === undefined ? 0 : clock.elapsed()
  }

  get url(): string {
    return this.endpoint.url
  }

  get method(): string {
    return String(this.#method).toUpperCase()
  }

  get scheme(): 'http' | 'https' {
    return this.endpoint.destination.scheme
  }

  get address(): string {
    return this.endpoint.destination.address
  }

  get port(): number {
    return this.endpoint.destination.port
  }

  get path(): string {
    return this.endpoint.path
  }

  get tokenId(): string | undefined {
    return this.synthetic ? undefined : this.token?.id
  }

  get startedAt(): number {
    // Up: the wall clock counts whole milliseconds, and a call must never seem to have begun
    // before the one that ended before it.
    return Math.ceil((this.#clock?.now() ?? 0) - this.elapsed())
  }

  /** Milliseconds since the call began; 0 when nobody listens: reading a clock takes its time. */
  elapsed(): number {
    return this.#clock === undefined ? 0 : this.#clock.elapsed() - this.#begun
  }

  /** Stops the watch. */
  finish(): void {
    this.durationMs = this.elapsed()
  }
}

/** How one call through the wrapper ended: the evidence that health and metrics live on. */
export interface CallOutcome {
  /** `probe`: the health monitor's own call; `call`: live traffic. */
  purpose: 'call' | 'probe'
  method: string
  scheme: 'http' | 'https'
  address: string
  port: number
  path: string
  /** Absent when the transport failed or the caller aborted. */
  status?: number | undefined
  /** Present when the call failed. */
  diagnosis?: Diagnosis | undefined
  /** Fingerprint of the last token sent; absent when none went out. */
  tokenId?: string | undefined
  /** True when the response was made here (breaker open, permanent credential failure). */
  synthetic: boolean
  /** True once a refresh was tried for this call's 401. */
  refreshed: boolean
  resendCount: number
  /** Epoch milliseconds. */
  startedAt: number
  durationMs: number
  /** From the answer's `Retry-After`. */
  retryAfterMs?: number | undefined
  /**
   * How the body of a completion ended: `cancelled` is no evidence. Absent: the body was not
   * watched. `diagnosis` is present when it ended badly.
   */
  stream?: 'success' | 'cancelled' | Cause | undefined
  /** What the answer says that it cost; absent when it does not say. */
  usage?: UsageFields | undefined
  /** The model that answered, in the answer's own words; else the one that was asked for. */
  model?: string | undefined
}

/** What a token looks like, in one word; the look of a DeepSeek key is sk- and 32 hex digits. */
export function tokenShape(token: Secret): string {
  const value = token.reveal()
  if (/^sk-[0-9a-f]{32}$/.test(value)) return 'deepseek'
  if (/^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(value)) return 'jwt'
  return value.startsWith('sk-') ? 'sk-other' : 'other'
}
