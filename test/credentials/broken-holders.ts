import type { Acquired, CredentialHolder, HeldToken } from '../../src/credentials/credential'
import { createCredentialHolder } from '../../src/credentials/credential-holder'
import type { MakeHolder } from './model-world'

/** The good holder, to be spoilt in one place. */
function around(holder: CredentialHolder): CredentialHolder {
  return {
    kind: holder.kind,
    peek: () => holder.peek(),
    acquire: (signal, purpose) => holder.acquire(signal, purpose),
    rejected: (token, options) => holder.rejected(token, options),
    accepted: (token) => holder.accepted(token),
    exhausted: (token) => holder.exhausted(token),
    heard: (id) => holder.heard(id),
    close: () => holder.close(),
  }
}

/** Takes every 401 for one of the current token, as gaxios and axios-auth-refresh do. */
const forgetsGenerations: MakeHolder = (source, deps) => {
  const holder = createCredentialHolder(source, deps)
  return {
    ...around(holder),
    rejected: (token, options) => holder.rejected(holder.peek() ?? token, options),
  }
}

/** Lets the first caller's signal end what the others wait for. */
const sharesTheFirstSignal: MakeHolder = (source, deps) => {
  const holder = createCredentialHolder(source, deps)
  let joint: Promise<Acquired> | undefined
  const forget = (): void => {
    joint = undefined
  }
  return {
    ...around(holder),
    acquire(signal) {
      if (joint !== undefined) return joint
      const acquired = holder.acquire(signal)
      if (!(acquired instanceof Promise)) return acquired
      joint = acquired
      joint.then(forget, forget)
      return joint
    },
  }
}

/** Sends again what was refused as a replay. */
const forgetsRefusals: MakeHolder = (source, deps) => {
  const holder = createCredentialHolder(source, deps)
  return {
    ...around(holder),
    async rejected(token, options) {
      if (options?.replayed) return { kind: 'return', reason: 'refresh-failed', refreshed: false }
      return holder.rejected(token, options)
    },
  }
}

/** Asks the source for each 401 instead of joining the flight. */
const fliesAlone: MakeHolder = (source, deps) => {
  const holder = createCredentialHolder(source, deps)
  return {
    ...around(holder),
    async rejected(token: HeldToken, options) {
      const { signal } = new AbortController()
      const ask = async () => source.getToken({ reason: 'rejected', forceRefresh: true, signal })
      await ask().catch(() => undefined)
      return holder.rejected(token, options)
    },
  }
}

/** Does not stop what runs in the background. */
const neverCloses: MakeHolder = (source, deps) => ({
  ...around(createCredentialHolder(source, deps)),
  close: async () => undefined,
})

/** What is broken, and the invariant that must notice. */
export const brokenHolders = [
  {
    fault: 'forgets generations',
    make: forgetsGenerations,
    caughtBy: /old token started a refresh|refused token/,
  },
  {
    fault: 'shares the first signal',
    make: sharesTheFirstSignal,
    caughtBy: /foreign error|aborted call was sent/,
  },
  { fault: 'forgets refusals', make: forgetsRefusals, caughtBy: /a refused token was sent/ },
  { fault: 'asks once for each 401', make: fliesAlone, caughtBy: /two flights|old token/ },
  { fault: 'never closes', make: neverCloses, caughtBy: /left after close|never settles/ },
]
