import type { HeldToken } from '../credentials/credential'
import type { AbortRaces } from './abort-races'
import type { Call } from './call'
import type { CallLog } from './call-log'
import { judgeRedirect } from './destination'
import { letGo } from './head'
import type { Authorizer } from './headers'
import type { Outgoing } from './request'

const ignore = (): undefined => undefined

/** The one place from which attempts leave. */
export class Wire {
  readonly #transport: typeof fetch | undefined
  readonly #authorizer: Authorizer
  readonly #races: AbortRaces
  readonly #log: CallLog
  /** The global fetch when the guard was made: it is used where the guard's own has replaced it. */
  readonly #first = globalThis.fetch
  /** The wrapper itself, which an application may make its global fetch. */
  own: typeof fetch | undefined

  constructor(
    transport: typeof fetch | undefined,
    authorizer: Authorizer,
    races: AbortRaces,
    log: CallLog,
  ) {
    this.#transport = transport
    this.#authorizer = authorizer
    this.#races = races
    this.#log = log
  }

  /** The transport itself, for what is none of our business. */
  plain(input: string | URL | Request, init: RequestInit | undefined): Promise<Response> {
    const transport = this.#transport ?? this.#global()
    return transport(input, init)
  }

  #global(): typeof fetch {
    const { fetch } = globalThis
    return fetch === this.own ? this.#first : fetch
  }

  /** One attempt, without its redirects; `url` is where a redirect led. */
  post(out: Outgoing, token: HeldToken | undefined, url?: string): Promise<Response> {
    const away = url !== undefined || typeof out.target === 'string'
    const init = out.attempt(token, this.#authorizer, away)
    const sent = this.plain(url ?? out.target, init)
    const { signal } = out
    // A transport may answer at once, without a promise.
    return signal ? this.#leavable(signal, Promise.resolve(sent)) : sent
  }

  /** The end of the redirects that begin with `first`, or the 3xx where they had to stop. */
  async follow(call: Call, out: Outgoing, first: Response): Promise<Response> {
    let response = first
    let from = call.url
    for (let hops = 0; ; hops += 1) {
      const verdict = judgeRedirect(response, from, hops, out.replayable)
      if (verdict.kind === 'none' || out.redirect === 'manual') return response
      if (out.redirect === 'error') {
        letGo(response)
        throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') })
      }
      if (verdict.kind === 'block') {
        this.#log.redirectBlocked(call, response, verdict.reason)
        return response
      }
      letGo(response)
      call.resendCount += 1
      from = verdict.url
      response = await this.post(out, call.token, from)
    }
  }

  // A transport of the caller's own may not know about signals; the caller gets its reason anyway.
  #leavable(signal: AbortSignal, sent: Promise<Response>): Promise<Response> {
    const race = this.#races.run(signal, sent)
    race.catch(() => {
      if (signal.aborted) sent.then(letGo, ignore)
    })
    return race
  }
}
