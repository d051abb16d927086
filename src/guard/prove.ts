import type { Clock } from '../clock'
import type { CredentialHolder, HeldToken, Prove } from '../credentials/credential'
import type { Evidence } from '../diagnosis/evidence'
import { isCredentialCause } from '../health/policy'
import { createProbe, type Proof } from '../health/probe'
import { createFetch, type OutboundDeps } from '../outbound/create-fetch'

/** What a proof shares with the guard's own calls. */
interface ProveDeps {
  readonly origins: ReadonlySet<string>
  readonly options: OutboundDeps['options']
  readonly baseURL: string
  /** `health.probe`. */
  readonly probe: 'auto' | Proof
  readonly clock: Clock
  /** What this process holds, apart from the key. */
  known(): Evidence['configured']
}

const silent = { emit: () => undefined, enabled: () => false }

/** Holds one candidate: whatever is said of it stays between it and the proof. */
function holdOnly(token: HeldToken): CredentialHolder {
  return {
    kind: token.source,
    peek: () => token,
    acquire: () => ({ kind: 'token', token }),
    rejected: async () => ({ kind: 'return', reason: 'unchanged-token', refreshed: false }),
    accepted: () => undefined,
    exhausted: () => undefined,
    heard: () => undefined,
    close: async () => undefined,
  }
}

/**
 * Tries a new key with the call that the health probe makes. It goes through the transport and the
 * origins of the guard, but past its holder, its log and its evidence: a key that nobody uses yet
 * says nothing about the one in use.
 */
export function createProve({ origins, options, baseURL, probe, clock, known }: ProveDeps): Prove {
  return async (candidate, signal) => {
    const outbound = createFetch({
      holder: holdOnly(candidate),
      origins,
      options: { ...options, callerAuthorization: 'replace' },
      log: silent,
      clock,
      known: () => ({ ...known(), apiKey: candidate.secret.reveal() }),
    })
    const ask = createProbe({
      send: (url, init) => outbound.send(url, init, 'probe'),
      probe,
      baseURL,
      models: [],
      clock,
    })
    const result = await ask(signal)
    if (result.ok) return { verdict: 'accepted' }
    const { diagnosis } = result
    if (diagnosis.credentialAccepted === true) return { verdict: 'accepted' }
    const refused = result.status === 401 && isCredentialCause(diagnosis.cause)
    return refused ? { verdict: 'refused', diagnosis } : { verdict: 'none' }
  }
}
