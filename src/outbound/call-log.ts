import type { Diagnosis } from '../causes/cause'
import type { Clock } from '../clock'
import type { HeldToken } from '../credentials/credential'
import type { OutboundReason } from '../credentials/source'
import { keyEcho } from '../key/echo'
import type { EventFields, GuardLog } from '../observability/events'
import { type Call, tokenShape } from './call'
import { headerOf } from './head'

/** A 401 as the log tells it. */
export interface Rejection {
  readonly diagnosis: Diagnosis
  readonly response: Response
  readonly text: string
}

const traceForm = /^[\w.-]{1,64}$/

/** DeepSeek's own id of an answer. */
export function traceIdOf(response: Response): string | undefined {
  const trace = headerOf(response, 'x-ds-trace-id')
  return trace !== null && traceForm.test(trace) ? trace : undefined
}

function tokenFields(token: HeldToken | undefined, now: number): EventFields {
  if (token === undefined) return {}
  const age = Math.round(now - token.obtainedAt)
  return {
    'token.id': token.id,
    'token.generation': token.generation,
    'token.source': token.source,
    'token.age_ms': age,
    ...(token.lifetimeMs === undefined ? {} : { 'token.expires_in_ms': token.lifetimeMs - age }),
    'token.length': token.secret.length,
    'token.shape': tokenShape(token.secret),
  }
}

function traceOf(response: Response): EventFields {
  const trace = traceIdOf(response)
  return trace === undefined ? {} : { ds_trace_id: trace }
}

/** Says in one line each what a call met. Never holds a header, a body or a part of a key. */
export class CallLog {
  readonly #log: GuardLog
  readonly #clock: Clock

  constructor(log: GuardLog, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** DeepSeek refused the credential; `final` unless the call is sent once more. */
  rejected(
    call: Call,
    { diagnosis, response, text }: Rejection,
    { final, reason }: { final: boolean; reason?: OutboundReason | undefined },
  ): void {
    const level = final ? 'error' : 'warn'
    if (!this.#log.enabled(level)) return
    const fields: EventFields = {
      ...this.#fields(call),
      ...traceOf(response),
      cause: diagnosis.cause,
      confidence: diagnosis.confidence,
      fix: diagnosis.fix.text,
      'http.response.status_code': response.status,
      key_echo: keyEcho(text, call.token?.secret.reveal()),
      ...(reason === undefined ? {} : { reason }),
    }
    const what = `${call.method} ${call.path} was refused with 401.`
    this.#log.emit(
      level,
      'auth.rejected',
      fields,
      `${what} ${diagnosis.title} ${diagnosis.fix.text}`,
    )
  }

  /** A call that did not leave: the credential is known to be bad, or there is none. */
  heldBack(call: Call, reason: OutboundReason, diagnosis: Diagnosis): void {
    if (!this.#log.enabled('error')) return
    const { cause, confidence, fix, title } = diagnosis
    const fields = { ...this.#fields(call), cause, confidence, fix: fix.text, reason }
    const what = `${call.method} ${call.path} was answered with 401 here, without a request`
    const line = `${what} (${reason}). ${title} ${fix.text}`
    this.#log.emit('error', 'auth.rejected', { ...fields, 'http.response.status_code': 401 }, line)
  }

  replayed(call: Call, status: number): void {
    if (!this.#log.enabled('info')) return
    const fields = { ...this.#fields(call), 'http.response.status_code': status }
    const what = `${call.method} ${call.path} was sent once more`
    const line = `${what} with the current credential and got ${status}.`
    this.#log.emit('info', 'auth.replayed', fields, line)
  }

  replaySkipped(call: Call, reason: OutboundReason): void {
    // The refusal itself is one line already; these two reasons ask something of the caller.
    const telling = reason === 'body-not-replayable' || reason === 'insufficient-scope'
    const level = telling ? 'warn' : 'debug'
    if (!this.#log.enabled(level)) return
    const fields = { ...this.#fields(call), reason }
    const line = `${call.method} ${call.path} was not sent again after its 401: ${why[reason]}.`
    this.#log.emit(level, 'auth.replay_skipped', fields, line)
  }

  /** The transport lost an answer to a body that could be sent once: perhaps a hidden 401. */
  perhapsHidden(call: Call, error: unknown): void {
    if (!this.#log.enabled('warn')) return
    const type = error instanceof Error ? error.name : typeof error
    const fields = {
      ...this.#fields(call),
      reason: 'body-not-replayable',
      'error.type': type,
    }
    const line =
      `${call.method} ${call.path} failed without a cause while it sent a streamed body: ` +
      'some versions of Node report a 401 this way. ' +
      'Raise outbound.maxReplayBytes to see the answer.'
    this.#log.emit('warn', 'auth.replay_skipped', fields, line)
  }

  stale(call: Call): void {
    if (!this.#log.enabled('info')) return
    const what = `${call.method} ${call.path} was refused`
    const line = `${what} for a credential that was replaced meanwhile; the current one goes out.`
    const fields = { ...this.#fields(call), 'http.response.status_code': 401 }
    this.#log.emit('info', 'auth.stale_rejection', fields, line)
  }

  redirectBlocked(call: Call, response: Response, reason: string): void {
    if (!this.#log.enabled('warn')) return
    const fields = {
      ...this.#fields(call),
      ...traceOf(response),
      'http.response.status_code': response.status,
      reason,
    }
    const line =
      `${call.method} ${call.path} was redirected (${response.status}) and not followed: ` +
      `${blocked[reason] ?? reason}. Check the base URL.`
    this.#log.emit('warn', 'redirect.blocked', fields, line)
  }

  /** A 200 whose body went wrong. */
  streamFailed(call: Call, response: Response, diagnosis: Diagnosis): void {
    if (!this.#log.enabled('warn')) return
    const { cause, confidence, fix, title } = diagnosis
    const fields = {
      ...this.#fields(call),
      ...traceOf(response),
      'http.response.status_code': response.status,
      cause,
      confidence,
      fix: fix.text,
    }
    const what = `${call.method} ${call.path} went wrong after its 200.`
    this.#log.emit('warn', 'stream.failed', fields, `${what} ${title} ${fix.text}`)
  }

  /** A call that leaves with our placeholder instead of a key. */
  placeholderSent(origin: URL, isListed: boolean): void {
    if (!this.#log.enabled('warn')) return
    const port = Number(origin.port) || (origin.protocol === 'https:' ? 443 : 80)
    const fields = {
      cause: 'credential-not-attached' as const,
      'server.address': origin.hostname,
      'server.port': port,
    }
    const line =
      `A call to ${origin.hostname} carries the placeholder of guard.client instead of a key, ` +
      (isListed
        ? 'because its client was not given the fetch of guard.client. Spread all of it: ' +
          'new OpenAI(guard.client).'
        : 'because that origin is not listed. Add it to outbound.origins, or give the client ' +
          'the base URL of the guard.')
    this.#log.emit('warn', 'auth.placeholder_sent', fields, line)
  }

  #fields(call: Call): EventFields {
    return {
      'http.request.method': call.method,
      'server.address': call.address,
      'server.port': call.port,
      'url.path': call.path,
      'http.request.resend_count': call.resendCount,
      duration_ms: Math.round(call.elapsed()),
      ...tokenFields(call.token, this.#clock.elapsed()),
    }
  }
}

const why: Record<OutboundReason, string> = {
  'unchanged-token': 'the source still gives the refused credential',
  'refresh-failed': 'no new credential could be had',
  'breaker-open': 'the credential was refused again and again',
  'pool-exhausted': 'no other key of the pool is usable',
  'body-not-replayable': 'its body could be read only once; raise outbound.maxReplayBytes',
  'insufficient-scope': 'the token is valid but lacks a scope; ask for it at the issuer',
}

const blocked: Record<string, string> = {
  'other-origin': 'the target is another origin, which must see neither the key nor the prompt',
  'method-may-change': 'this status turns a POST into a GET',
  'body-not-replayable': 'the body could be sent only once',
  'too-many-redirects': 'it was the sixth in a row',
  'unreadable-location': 'its Location is no URL',
}
