import { systemClock } from '../../src/clock'
import { createCredentialHolder } from '../../src/credentials/credential-holder'
import type { CredentialSource } from '../../src/credentials/source'
import { TokenError } from '../../src/errors'
import type { CallOutcome } from '../../src/outbound/call'
import { createFetch } from '../../src/outbound/create-fetch'
import { managedPlaceholder } from '../../src/outbound/headers'
import { resolveOutboundOptions } from '../../src/outbound/outbound-options'
import { type FailureMode, type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

/** What `guard.client` gives to an SDK. */
export interface Client {
  baseURL: string
  apiKey: string
  fetch: typeof fetch
  /** For SDKs that would try for minutes. */
  maxRetries?: number
}

/** An SDK, reduced to what the tests ask of it. Built anew for each client, with its own defaults. */
export interface Host {
  /** Path of the base URL below the host. */
  base: string
  /** The text of one answer. */
  plain(client: Client): Promise<string>
  /** The text of one streamed answer, put together. */
  stream(client: Client): Promise<string>
  /** The status of the SDK's own authentication error; throws when `error` is something else. */
  refusedWith(error: unknown): number | undefined
}

const log = { emit: () => undefined, enabled: () => false }

/** What of an outcome can be compared: what was thrown, or what came. */
async function shown(work: Promise<string>): Promise<unknown> {
  try {
    return { text: await work }
  } catch (error) {
    const { message, cause } = error as Error
    // What differs from call to call though nothing is wrong: ids, ports and the second of the day.
    const ids = /[0-9a-f-]{32,36}|127\.0\.0\.1:\d+|(?<="created":)\d+/g
    return {
      class: (error as Error).constructor.name,
      message: message.replace(ids, 'id'),
      cause: (cause as Error | undefined)?.message?.replace(ids, 'id'),
    }
  }
}

const faults: [FailureMode, string][] = [
  ['stream-cut', 'stream-cut'],
  ['stream-empty', 'stream-empty'],
  ['stream-malformed', 'stream-malformed'],
  ['insufficient-resource', 'interrupted-by-service'],
  ['content-filter', 'content-refused'],
]

function connect(fake: FakeDeepSeek, base: string, source: CredentialSource) {
  const deps = { clock: systemClock, random: Math.random, log, refreshTimeoutMs: 5_000 }
  const outcomes: CallOutcome[] = []
  const { fetch, verdictOn } = createFetch({
    holder: createCredentialHolder(source, deps),
    origins: new Set([fake.url]),
    options: resolveOutboundOptions(),
    log,
    clock: systemClock,
    known: () => ({}),
    onOutcome: (outcome) => void outcomes.push(outcome),
  })
  const wrapped = jest.fn(fetch)
  const client: Client = { baseURL: fake.url + base, apiKey: managedPlaceholder, fetch: wrapped }
  return { client, wrapped, outcomes, verdictOn }
}

/** One body of promises for every SDK. */
export function describeHost(name: string, host: Host): void {
  describe(`${name} through the wrapper`, () => {
    let fake: FakeDeepSeek
    beforeEach(async () => {
      fake = await startFakeDeepSeek({ answer: 'The answer is four.' })
    })
    afterEach(() => fake.close())
    // Some clients print what they cannot parse.
    beforeAll(() => void jest.spyOn(console, 'error').mockImplementation(() => undefined))
    afterAll(() => jest.restoreAllMocks())

    const sent = () => fake.calls.map((call) => call.status)

    it('gets a plain answer with the live credential', async () => {
      const { client } = connect(fake, host.base, {
        kind: 'f',
        getToken: () => ({ token: fake.key }),
      })
      expect(await host.plain(client)).toBe('The answer is four.')
      expect(sent()).toEqual([200])
    })

    it('gets a streamed answer', async () => {
      const { client } = connect(fake, host.base, {
        kind: 'f',
        getToken: () => ({ token: fake.key }),
      })
      expect(await host.stream(client)).toBe('The answer is four.')
      expect(sent()).toEqual([200])
    })

    describe.each(['plain', 'stream'] as const)('when DeepSeek fails after its 200 (%s)', (way) => {
      it.each(faults)('%s is to the client as it is without us, and named', async (mode, cause) => {
        const { client, outcomes, verdictOn } = connect(fake, host.base, {
          kind: 'f',
          getToken: () => ({ token: fake.key }),
        })
        fake.fail(mode)
        const bare = { ...client, apiKey: fake.key, fetch: globalThis.fetch, maxRetries: 0 }
        const theirs = await shown(host[way](bare))
        let thrown: unknown
        const ours = host[way]({ ...client, maxRetries: 0 }).catch((error: unknown) => {
          thrown = error
          throw error
        })
        expect(await shown(ours)).toEqual(theirs)
        expect(new Set(outcomes.map(({ stream }) => stream))).toEqual(new Set([cause]))
        // Whoever catches an error of a watched body is told what the log was told.
        const verdict = verdictOn(thrown)
        if (verdict !== undefined) expect(verdict.cause).toBe(cause)
      })

      it('a good answer is a success with its usage', async () => {
        const { client, outcomes } = connect(fake, host.base, {
          kind: 'f',
          getToken: () => ({ token: fake.key }),
        })
        await host[way](client)
        expect(outcomes).toHaveLength(1)
        expect(outcomes[0]).toMatchObject({ stream: 'success', model: 'deepseek-flash' })
      })
    })

    it('says of an error what was said of the call', async () => {
      fake.revoke(fake.key)
      const { client, outcomes, verdictOn } = connect(fake, host.base, {
        kind: 'f',
        getToken: () => ({ token: fake.key }),
      })
      const error = await host.plain(client).catch((reason: unknown) => reason)
      expect(outcomes[0]?.diagnosis?.cause).toBe('key-rejected')
      expect(verdictOn(error)).toBe(outcomes[0]?.diagnosis)
    })

    it.each(['plain', 'stream'] as const)(
      'does not notice a rotation between two calls (%s)',
      async (mode) => {
        let live = fake.key
        const source = { kind: 'f', getToken: () => ({ token: live }) }
        const { client, wrapped } = connect(fake, host.base, source)
        await host[mode](client)
        fake.revoke(live)
        live = fake.issueKey()
        expect(await host[mode](client)).toBe('The answer is four.')
        expect(wrapped).toHaveBeenCalledTimes(2)
        expect(sent()).toEqual([200, 401, 200])
      },
    )

    it.each(['plain', 'stream'] as const)(
      'reports a bad key as its own authentication error after one call (%s)',
      async (mode) => {
        fake.revoke(fake.key)
        const source = { kind: 'f', getToken: () => ({ token: fake.key }) }
        const { client, wrapped } = connect(fake, host.base, source)
        const error = await host[mode](client).catch((reason: unknown) => reason)
        expect(host.refusedWith(error)).toBe(401)
        expect(wrapped).toHaveBeenCalledTimes(1)
        expect(sent()).toEqual([401])
      },
    )

    it('reports a source that failed for good as its own authentication error after one call', async () => {
      const source = {
        kind: 'f',
        getToken() {
          throw new TokenError('invalid_grant', { permanent: true })
        },
      }
      const { client, wrapped } = connect(fake, host.base, source)
      const error = await host.plain(client).catch((reason: unknown) => reason)
      expect(host.refusedWith(error)).toBe(401)
      expect(String(error)).toContain('Repair the source')
      expect(wrapped).toHaveBeenCalledTimes(1)
      expect(sent()).toEqual([])
    })
  })
}
