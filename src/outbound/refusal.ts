import type { CredentialHolder, HeldToken } from '../credentials/credential'
import type { OutboundReason } from '../credentials/outbound-reason'
import type { Call } from './call'
import type { CallLog, Rejection } from './call-log'
import type { Judge } from './judge'
import type { Outgoing } from './outgoing'
import { type HeadDeps, type ResponseHead, readHead } from './response-head'

/** What refusals are handled with. */
export interface RefusalDeps {
  readonly holder: CredentialHolder
  readonly judge: Judge
  readonly log: CallLog
  readonly head: Omit<HeadDeps, 'signal'>
}

/** How a 401 ends: with this response, or with one more send under this token. */
export type RefusalVerdict =
  | { kind: 'return'; response: Response }
  | { kind: 'replay'; token: HeldToken }

function lacksScope(response: Response): boolean {
  return /error="?insufficient_scope/i.test(response.headers.get('www-authenticate') ?? '')
}

/** Decides what a 401 means for the credential and for the call. */
export class Refusals {
  readonly #deps: RefusalDeps

  constructor(deps: RefusalDeps) {
    this.#deps = deps
  }

  async judge(
    call: Call,
    out: Outgoing,
    token: HeldToken,
    response: Response,
  ): Promise<RefusalVerdict> {
    const { signal } = out
    const head = await readHead(response, { ...this.#deps.head, signal })
    try {
      const diagnosis = this.#deps.judge.answer(call, out, response, head.text)
      return await this.#decide(call, out, token, { diagnosis, response, text: head.text }, head)
    } catch (error) {
      head.discard()
      throw error
    }
  }

  async #decide(
    call: Call,
    out: Outgoing,
    token: HeldToken,
    rejection: Rejection,
    head: ResponseHead,
  ): Promise<RefusalVerdict> {
    const { holder, log } = this.#deps
    const { signal } = out
    const giveBack = (reason?: OutboundReason): RefusalVerdict => {
      call.diagnosis = rejection.diagnosis
      log.rejected(call, rejection, { final: true, reason })
      if (reason !== undefined) log.replaySkipped(call, reason)
      return { kind: 'return', response: head.restore() }
    }
    if (lacksScope(rejection.response)) return giveBack('insufficient-scope')
    if (call.replayed) {
      const after = await holder.rejected(token, { replayed: true, signal })
      const isLast = after.kind === 'return' && after.reason === 'pool-exhausted'
      return giveBack(isLast ? 'pool-exhausted' : undefined)
    }
    const isStale = token.generation < (holder.peek()?.generation ?? 0)
    const after = await holder.rejected(token, { signal })
    call.refreshed = after.refreshed
    if (after.kind === 'return') return giveBack(after.reason)
    if (!out.replayable) return giveBack('body-not-replayable')
    if (isStale) log.stale(call)
    else log.rejected(call, rejection, { final: false })
    await head.release()
    signal?.throwIfAborted()
    return { kind: 'replay', token: after.token }
  }
}
