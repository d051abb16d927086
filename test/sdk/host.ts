import { systemClock } from '../../src/clock'
import { createCredentialHolder } from '../../src/credentials/credential-holder'
import type { CredentialSource } from '../../src/credentials/source'
import { TokenError } from '../../src/errors'
import { createFetch } from '../../src/outbound/create-fetch'
import { resolveOutboundOptions } from '../../src/outbound/outbound-options'
import { managedPlaceholder } from '../../src/outbound/request'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

/** What `guard.client` gives to an SDK. */
export interface Client {
  baseURL: string
  apiKey: string
  fetch: typeof fetch
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

function connect(fake: FakeDeepSeek, base: string, source: CredentialSource) {
  const deps = { clock: systemClock, random: Math.random, log, refreshTimeoutMs: 5_000 }
  const { fetch } = createFetch({
    holder: createCredentialHolder(source, deps),
    origins: new Set([fake.url]),
    options: resolveOutboundOptions(),
    log,
    clock: systemClock,
    known: () => ({}),
  })
  const wrapped = jest.fn(fetch)
  const client: Client = { baseURL: fake.url + base, apiKey: managedPlaceholder, fetch: wrapped }
  return { client, wrapped }
}

/** One body of promises for every SDK. */
export function describeHost(name: string, host: Host): void {
  describe(`${name} through the wrapper`, () => {
    let fake: FakeDeepSeek
    beforeEach(async () => {
      fake = await startFakeDeepSeek({ answer: 'The answer is four.' })
    })
    afterEach(() => fake.close())

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
