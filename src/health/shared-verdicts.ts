import { type Cause, causesByGroup, type Diagnosis } from '../causes/cause'
import { causes } from '../causes/table'
import type { Clock } from '../clock'
import type { VerdictLog } from '../store/verdict-log'
import type { Found, ProbeEvidence, VerdictSource } from './evidence'
import type { FailureEvent, SuccessEvent } from './facts'
import { MAX_RETRY_AFTER_MS } from './schedule'

interface SharedVerdictsDeps {
  log: VerdictLog
  clock: Clock
  /** Names the endpoint in the store. */
  endpoint: string
  /** How often to look for news while another instance probes, in milliseconds. */
  lookEveryMs: number
  /** The fingerprint of the credential in use, fetched if need be; undefined without one. */
  tokenId(): Promise<string | undefined>
  /** Another instance had this credential accepted. */
  onAccepted(id: string): void
  balance: {
    /** What the own probe has read since the last time; undefined when it read none. */
    takeOwn(): Readonly<Record<string, unknown>> | undefined
    /** Another instance has read it, with the same credential. */
    onShared(body: Readonly<Record<string, unknown>>, tokenId: string): void
  }
}

/** A finding as it lies in the store: facts from closed lists, no text of anybody. */
interface Finding {
  tokenId: string
  durationMs: number
  retryAfterMs?: number
  status?: number
  confidence?: Diagnosis['confidence']
  /** As DeepSeek gave it, with the members that the account reads. */
  balance?: Readonly<Record<string, unknown>>
  event: Pick<SuccessEvent, 'type' | 'proof' | 'tookMs' | 'warning'> | SharedFailure
}

type SharedFailure = Pick<FailureEvent, 'type' | 'cause' | 'credentialAccepted' | 'refreshed'> &
  Pick<FailureEvent, 'afterRefresh' | 'tookMs'>

const PROOFS = ['inference', 'balance', 'models']
const CAUSES: ReadonlySet<string> = new Set(Object.values(causesByGroup).flat())

function encode(evidence: ProbeEvidence, tokenId: string): Finding {
  const { event, durationMs, retryAfterMs, status, diagnosis } = evidence
  const common = { tokenId, durationMs, retryAfterMs, status }
  if (event.type === 'success') {
    const { type, proof, tookMs, warning } = event
    return { ...common, event: { type, proof, tookMs, warning } }
  }
  const { type, cause, credentialAccepted, refreshed, afterRefresh, tookMs } = event
  const failure = { type, cause, credentialAccepted, refreshed, afterRefresh, tookMs }
  return { ...common, confidence: diagnosis?.confidence, event: failure }
}

function numberOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : otherwise
}

/** The words are this version's own; the store gives the cause alone. */
function diagnosisOf(cause: Cause, accepted: boolean, confidence: unknown): Diagnosis {
  const { group, title, fix, retryable } = causes[cause]
  return {
    cause,
    group,
    confidence: confidence === 'certain' || confidence === 'possible' ? confidence : 'likely',
    title,
    evidence: ['Another instance of the fleet, which uses the same credential, was told so.'],
    fix: { ...fix },
    others: [],
    retryable,
    ...(accepted && { credentialAccepted: true }),
  }
}

/** What another process found, by the clocks of this one; undefined when it is something else. */
function decode(
  stored: unknown,
  tokenId: string,
  { at, endedAt }: { at: number; endedAt: number },
): ProbeEvidence | undefined {
  const finding = Object(stored) as Partial<Finding>
  const event = Object(finding.event) as Partial<Omit<FailureEvent & SuccessEvent, 'type'>> & {
    type?: string
  }
  if (finding.tokenId !== tokenId) return undefined
  const durationMs = numberOr(finding.durationMs, 0)
  const tookMs = numberOr(event.tookMs, undefined)
  const common = { at, durationMs, tokenId }
  const retryAfterMs = numberOr(finding.retryAfterMs, undefined)
  const status = numberOr(finding.status, undefined)
  const { proof, cause } = event
  if (event.type === 'success' && proof !== undefined && PROOFS.includes(proof)) {
    const warning = event.warning === 'model-unavailable' || event.warning === null
    const warns = warning ? { warning: event.warning } : {}
    return { ...common, event: { type: 'success', source: 'shared', proof, tookMs, ...warns } }
  }
  if (event.type !== 'failure' || cause === undefined || !CAUSES.has(cause)) return
  const credentialAccepted = event.credentialAccepted === true
  const diagnosis = diagnosisOf(cause, credentialAccepted, finding.confidence)
  const [refreshed, afterRefresh] = [event.refreshed === true, event.afterRefresh === true]
  const startedAt = endedAt - durationMs
  const shared = { cause, inference: false, startedAt, endedAt, credentialAccepted, tookMs }
  const kind = { type: 'failure', source: 'shared' } as const
  const failure = { ...kind, ...shared, refreshed, afterRefresh }
  return { ...common, event: failure, diagnosis, status, retryAfterMs }
}

/** What is left of a `Retry-After` that DeepSeek told a former prober, in milliseconds. */
function patienceAsked(last: { finding: unknown; ageMs: number } | undefined): number {
  const { retryAfterMs } = Object(last?.finding) as Partial<Finding>
  return Math.min(numberOr(retryAfterMs, 0) - (last?.ageMs ?? 0), MAX_RETRY_AFTER_MS)
}

/**
 * Evidence as a fleet shares it: who holds the lease probes and tells what came out; everybody else
 * reads that, and judges it as if it had asked itself. Verdicts are kept by the fingerprint of the
 * credential: those of one key are no news to who uses another.
 */
export class SharedVerdicts implements VerdictSource {
  readonly #deps: SharedVerdictsDeps

  constructor(deps: SharedVerdictsDeps) {
    this.#deps = deps
  }

  async next(ask: () => Promise<ProbeEvidence | undefined>): Promise<Found> {
    const { log, clock, endpoint, lookEveryMs, onAccepted } = this.#deps
    const tokenId = await this.#deps.tokenId()
    const turn = tokenId === undefined ? undefined : await log.turn(`probe:${endpoint}:${tokenId}`)
    if (tokenId === undefined || turn === undefined || turn.kind === 'alone') {
      const evidence = await ask()
      return { evidence: evidence === undefined ? [] : [evidence] }
    }
    if (turn.kind === 'mine') {
      const waitMs = patienceAsked(turn.last)
      if (waitMs > 0) return { evidence: [], lookAgainMs: waitMs }
      this.#deps.balance.takeOwn()
      const evidence = await ask()
      if (evidence !== undefined && evidence.tokenId === tokenId) {
        const balance = this.#deps.balance.takeOwn()
        await turn.publish({ ...encode(evidence, tokenId), balance })
      }
      return { evidence: evidence === undefined ? [] : [evidence] }
    }
    const evidence = turn.news.flatMap(({ finding, ageMs }) => {
      const times = { at: clock.now() - ageMs, endedAt: clock.elapsed() - ageMs }
      return decode(finding, tokenId, times) ?? []
    })
    const { balance } = Object(turn.news.at(-1)?.finding) as Partial<Finding>
    if (evidence.length > 0 && typeof balance === 'object' && balance !== null) {
      this.#deps.balance.onShared(balance, tokenId)
    }
    if (evidence.at(-1)?.event.type === 'success') onAccepted(tokenId)
    // When the lease ends somebody has to take over, at once rather than at the next round.
    return { evidence, lookAgainMs: Math.min(lookEveryMs, Math.max(1, turn.leaseLeftMs)) }
  }

  close(): void {
    void this.#deps.log.leave()
  }
}
