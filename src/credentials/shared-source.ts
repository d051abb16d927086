import type { Clock } from '../clock'
import { TokenError } from '../errors'
import type { SharedRefresh } from '../store/shared-refresh'
import { kindOf, type Token, type TokenRequest, type TraitedSource } from './source'
import { readTokenText } from './token'

interface SharedSourceDeps {
  exchange: SharedRefresh
  clock: Clock
  /** Deadline of one exchange, in milliseconds. */
  refreshTimeoutMs: number
}

/** Beside two exchanges, what a store that does not answer may cost: three steps of its budget. */
const STORE_SLACK_MS = 500

/** What the source gives within its own deadline, checked: only what can be sent may be shared. */
async function askSource(
  source: TraitedSource,
  request: TokenRequest,
  { clock, refreshTimeoutMs }: SharedSourceDeps,
): Promise<Token> {
  const controller = new AbortController()
  const stop = (): void => controller.abort(request.signal.reason)
  request.signal.addEventListener('abort', stop, { once: true })
  if (request.signal.aborted) stop()
  let cancel = (): void => {}
  const deadline = new Promise<never>((_, reject) => {
    cancel = clock.after(refreshTimeoutMs, () => {
      const waited = `within ${refreshTimeoutMs} ms`
      const error = new TokenError(
        `The credential source "${kindOf(source)}" gave no token ${waited}.`,
      )
      controller.abort(error)
      reject(error)
    })
  })
  try {
    const ask = async () => source.getToken({ ...request, signal: controller.signal })
    const given: Token | null | undefined = await Promise.race([ask(), deadline])
    const text = readTokenText(given?.token)
    if (typeof text === 'string') {
      const { expiresInMs, refreshInMs, version, account } = given ?? {}
      return { token: text, expiresInMs, refreshInMs, version, account }
    }
    const message = `The credential source "${kindOf(source)}" ${text.problem}.`
    throw new TokenError(message, { permanent: true })
  } finally {
    cancel()
    request.signal.removeEventListener('abort', stop)
  }
}

/**
 * The source as one process of a fleet asks it: the token that another process has fetched, or the
 * fleet's one exchange. A question may last as long as another's exchange and one of its own.
 */
export function shareTokens(source: TraitedSource, deps: SharedSourceDeps): TraitedSource {
  return {
    kind: source.kind,
    ...(source.id === undefined ? {} : { id: source.id }),
    patienceMs: 2 * deps.refreshTimeoutMs + STORE_SLACK_MS,
    getToken: (request) => deps.exchange.get(request, () => askSource(source, request, deps)),
    ...(source.watch && { watch: (onChange) => source.watch?.(onChange) ?? (() => {}) }),
    ...(source.close && { close: () => source.close?.() }),
  }
}
