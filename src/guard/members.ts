import type { AccountSnapshot } from '../account/account'
import type { Diagnosis } from '../causes/cause'
import type { RefreshEvent } from '../credentials/credential'
import type { Health } from '../health/health-document'
import type { GuardLog } from '../observability/events'
import type { ForeignCalls } from '../observability/foreign'
import type { AbortCounter } from './aborts'
import type { Answer, Endpoint, HealthRequest } from './answer'

/** To spread into `new OpenAI(...)`, `createDeepSeek(...)` or `new Anthropic(...)`. */
export interface GuardClient {
  /** Without a slash at the end. */
  readonly baseURL: string
  /** A fixed placeholder; the wrapper puts the live credential in its place. */
  readonly apiKey: 'managed-by-deepseek-guard'
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
  /**
   * The header of the live credential, for clients that take no `fetch` (got, undici.request).
   * Resolves with nothing in it for an origin that must not receive it. Such calls are no evidence
   * and are not refreshed: `fetch` is the better way.
   *
   * @throws TokenError (as a rejection) when no good credential is to be had.
   */
  headersFor(url: string | URL): Promise<{ authorization?: string }>
  /** The current health document, without I/O. */
  health(): Health
  /**
   * The answer of the health endpoints to a WHATWG request, undefined for every other path: for
   * route handlers of Next.js, Nitro and SvelteKit, `Bun.serve` and `Deno.serve`. Never waits.
   * There is no socket to look at, so only the bearer token unlocks details.
   *
   * @throws TypeError when it is given something else than a `Request`.
   * @example const answer = deepseek.respond(request) ?? new Response(null, { status: 404 })
   */
  respond(request: Request): Response | undefined
  /**
   * Waits for the first health that lets traffic in.
   *
   * @param options `timeoutMs` (default: no deadline) and `signal`.
   * @throws CredentialRejectedError when the credential is confirmed bad, ReadyTimeoutError at the
   *   deadline, GuardClosedError after `close()`, or the signal's reason.
   */
  ready(options?: {
    timeoutMs?: number | undefined
    signal?: AbortSignal | undefined
  }): Promise<Health>
  /**
   * Explains whatever a call threw: an SDK's error, a fetch error. For a call of this guard it says
   * what the log said of it; for others it adds what this guard knows (its key, its base URL, its
   * environment). For catch blocks.
   */
  diagnose(error: unknown): Diagnosis
  /**
   * The DeepSeek account: balances, how fast they fall and until when they last, tokens and what
   * they cost. Comes from the probe and from the answers' `usage`, without I/O and without a call
   * of its own.
   *
   * @returns `undefined` until a balance or a usage is known, and with `account: false`.
   */
  account(): AccountSnapshot | undefined
  on<E extends keyof GuardEvents>(event: E, listener: (payload: GuardEvents[E]) => unknown): void
  off<E extends keyof GuardEvents>(event: E, listener: (payload: GuardEvents[E]) => unknown): void
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
export interface HealthEndpoints {
  /** The exact path; undefined when the endpoint is switched off. */
  readonly path: string | undefined
  answer(endpoint: Endpoint, request: HealthRequest): Answer
  /** The 503 of a route that needs DeepSeek, or undefined when traffic may pass. */
  required(): Answer | undefined
  /** False in production: no client is trusted for where it is. */
  readonly trustsLocal: boolean
  /** When a health answer may leave, and who had given up by then. */
  readonly aborts: AbortCounter
}

/** What `createGuard` gives to a framework's adapter. */
export interface Guard {
  members: GuardMembers
  endpoints: HealthEndpoints
  log: GuardLog
}

/** What `guard.on` delivers, by event. */
export interface GuardEvents {
  /** The readiness verdict, its phase or its cause changed. */
  change: Health
  /** A call failed; repeated for every failed call. */
  diagnosis: Diagnosis
  /** A credential refresh ended. */
  refresh: RefreshEvent
  /** The balance was read. */
  account: AccountSnapshot
}

type Listener<E extends keyof GuardEvents> = (payload: GuardEvents[E]) => unknown

/** The guard's listeners. */
export interface Emitter {
  on<E extends keyof GuardEvents>(event: E, listener: Listener<E>): void
  off<E extends keyof GuardEvents>(event: E, listener: Listener<E>): void
  emit<E extends keyof GuardEvents>(event: E, payload: GuardEvents[E]): void
}

const names: readonly string[] = [
  'change',
  'diagnosis',
  'refresh',
  'account',
] satisfies (keyof GuardEvents)[]

/** Node's own warning. The error itself stays out of it: its text may hold anything. */
export function warnOfListener(what: string): void {
  process.emitWarning(`${what} threw or rejected; deepseek-guard goes on.`, {
    code: 'DEEPSEEK_GUARD_LISTENER',
  })
}

/**
 * A listener that throws or rejects breaks neither a call nor the listeners behind it; `foreign`
 * says so once for each.
 */
export function createEmitter(foreign: ForeignCalls): Emitter {
  const listeners = new Map<string, Set<(payload: never) => unknown>>()
  const listenersOf = (event: string): Set<(payload: never) => unknown> => {
    if (!names.includes(event)) {
      throw new TypeError(`The guard has no event of that name; it has ${names.join(', ')}.`)
    }
    const found = listeners.get(event) ?? new Set()
    listeners.set(event, found)
    return found
  }
  return {
    on(event, listener) {
      if (typeof listener !== 'function') throw new TypeError('A listener has to be a function.')
      listenersOf(event).add(listener)
    },
    off(event, listener) {
      listenersOf(event).delete(listener)
    },
    emit(event, payload) {
      for (const listener of [...(listeners.get(event) ?? [])]) {
        foreign.call(listener, `A listener of '${event}'`, listener, payload as never)
      }
    },
  }
}
