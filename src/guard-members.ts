import type { Diagnosis } from './diagnosis/diagnosis'
import type { GuardEvents } from './guard-events'
import type { Health } from './health/health-document'
import type { Answer, Endpoint, HealthRequest } from './middleware/answer'
import type { managedPlaceholder } from './outbound/authorize'

/** To spread into `new OpenAI(...)`, `createDeepSeek(...)` or `new Anthropic(...)`. */
export interface GuardClient {
  /** Without a slash at the end. */
  readonly baseURL: string
  /** A fixed placeholder; the wrapper puts the live credential in its place. */
  readonly apiKey: typeof managedPlaceholder
  readonly fetch: typeof fetch
}

/** What every form of the guard has, whatever the framework. */
export interface GuardMembers {
  /**
   * A WHATWG fetch that attaches the live credential on exact origins, refreshes it once for any
   * number of concurrent 401s and replays a call at most once. Never rejects because of a
   * credential that is refused: the 401 comes back.
   *
   * @throws TokenError (as a rejection) when the source fails for now and no token is left.
   */
  readonly fetch: typeof fetch
  readonly client: GuardClient
  /** The current health document, without I/O. */
  health(): Health
  /**
   * Waits for the first health that lets traffic in.
   *
   * @param options `timeoutMs` (default: no deadline) and `signal`.
   * @throws CredentialRejectedError when the credential is confirmed bad, ReadyTimeoutError at the
   *   deadline, GuardClosedError after `close()`, or the signal's reason.
   */
  ready(options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<Health>
  /**
   * Explains whatever a call threw: an SDK's error, a fetch error. Adds what this guard knows (its
   * key, its base URL, its environment). For catch blocks.
   */
  diagnose(error: unknown): Diagnosis
  on<E extends keyof GuardEvents>(event: E, listener: (payload: GuardEvents[E]) => void): void
  off<E extends keyof GuardEvents>(event: E, listener: (payload: GuardEvents[E]) => void): void
  /** Readiness answers 503 from now on and probing stops; calls go on. */
  drain(): void
  /**
   * Drains, then stops every timer, watcher and flight, and settles whoever waits. Idempotent. A
   * later `fetch` still goes out with the last good credential, without refresh.
   */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a framework's adapter needs to serve the health endpoints. */
export interface HealthDoor {
  /** The exact path; undefined when the endpoint is switched off. */
  readonly path: string | undefined
  answer(endpoint: Endpoint, request: HealthRequest): Answer
  /** The 503 of a route that needs DeepSeek, or undefined when traffic may pass. */
  required(): Answer | undefined
  /** Counts a client that left before its answer was out. */
  aborted(): void
}

/** What `createGuard` gives to a framework's adapter. */
export interface Guard {
  members: GuardMembers
  door: HealthDoor
}
