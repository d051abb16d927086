import type { Diagnosis } from '../../src/causes/cause'
import type { CredentialHolder, HeldToken, Proof } from '../../src/credentials/credential'
import { keyPool } from '../../src/credentials/key-pool'
import type { Token } from '../../src/credentials/source'
import { deferred, kit, scripted, settle } from './holder-kit'

const refusal: Diagnosis = {
  cause: 'key-rejected',
  group: 'wrong-key',
  confidence: 'certain',
  title: 'DeepSeek refuses this key.',
  evidence: [],
  fix: { text: 'Create a new key.' },
  others: [],
  retryable: false,
}

/** A source that watches, a holder that proves, and a promise for each proof that was begun. */
async function rotation(first: Partial<Token> = {}) {
  let announce = (): void => undefined
  let given: Partial<Token> = { token: 'key-one', ...first }
  const source = scripted(() => given as Token, {
    watch: (onChange: () => void) => {
      announce = onChange
      return () => undefined
    },
  })
  const proofs: { candidate: HeldToken; signal: AbortSignal; end: (proof: Proof) => void }[] = []
  const prove = jest.fn((candidate: HeldToken, signal: AbortSignal) => {
    const { promise, resolve } = deferred<Proof>()
    proofs.push({ candidate, signal, end: resolve })
    return promise
  })
  const all = kit(source, { prove, random: () => 0 })
  await all.holder.acquire()
  return {
    ...all,
    source,
    proofs,
    prove,
    async rotate(token: string, more: Partial<Token> = {}) {
      given = { token, ...more }
      announce()
      await settle()
    },
    async end(proof: Proof) {
      proofs.at(-1)?.end(proof)
      await settle()
    },
    refusals: () => all.lines.filter(({ event }) => event === 'auth.rotation_refused'),
  }
}

function inUse(holder: CredentialHolder): string | undefined {
  return holder.peek()?.secret.reveal()
}

async function refuseCurrent(holder: CredentialHolder) {
  const acquired = await holder.acquire()
  if (acquired.kind !== 'token') throw new Error(acquired.reason)
  return holder.rejected(acquired.token)
}

describe('a new key while the present one works', () => {
  test('is proved beside the traffic, which goes on with the present one', async () => {
    const { holder, rotate, proofs, events } = await rotation()
    await rotate('key-two')
    expect(proofs).toHaveLength(1)
    expect(proofs[0]?.candidate).toMatchObject({ generation: 2, source: 'test' })
    expect(proofs[0]?.candidate.secret.reveal()).toBe('key-two')
    expect(inUse(holder)).toBe('key-one')
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 1 } })
    expect(events).toHaveLength(1)
  })

  test('takes over when it is accepted, and that is news', async () => {
    const { holder, rotate, end, events, lines } = await rotation()
    await rotate('key-two')
    await end({ verdict: 'accepted' })
    expect(holder.acquire()).toMatchObject({ kind: 'token', token: { generation: 2 } })
    expect(events.at(-1)).toMatchObject({ outcome: 'changed', reason: 'changed', generation: 2 })
    expect(lines.at(-1)).toMatchObject({ event: 'auth.refreshed', level: 'info' })
  })

  test('stays out when it is refused, which is said once, with the diagnosis', async () => {
    const { holder, rotate, end, refusals, clock, proofs, events } = await rotation()
    await rotate('key-two')
    await end({ verdict: 'refused', diagnosis: refusal })
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await clock.advance(60_000)
      await end({ verdict: 'refused', diagnosis: refusal })
    }
    expect(proofs.length).toBeGreaterThan(3)
    expect(inUse(holder)).toBe('key-one')
    expect(events).toHaveLength(1)
    expect(refusals()).toHaveLength(1)
    expect(refusals()[0]).toMatchObject({
      level: 'error',
      fields: {
        cause: 'key-rejected',
        confidence: 'certain',
        fix: 'Create a new key.',
        'token.id': proofs[0]?.candidate.id,
        'token.source': 'test',
      },
    })
    expect(refusals()[0]?.message).toContain('the present one stays in use')
  })

  test('is tried again after 1, 2, 4 seconds', async () => {
    const { rotate, end, clock, proofs } = await rotation()
    await rotate('key-two')
    for (const [index, seconds] of [1, 2, 4].entries()) {
      await end({ verdict: 'refused', diagnosis: refusal })
      await clock.advance(seconds * 1_000 - 1)
      expect(proofs).toHaveLength(index + 1)
      await clock.advance(1)
      expect(proofs).toHaveLength(index + 2)
    }
  })

  test('is tried again when its fleet says', async () => {
    const { rotate, end, clock, proofs, refusals } = await rotation()
    await rotate('key-two')
    await end({ verdict: 'refused', retryInMs: 30_000 })
    expect(refusals()[0]?.message).toContain('Another instance tried it')
    await clock.advance(29_999)
    expect(proofs).toHaveLength(1)
    await clock.advance(1)
    expect(proofs).toHaveLength(2)
  })

  test('takes over when the provider learns of it later', async () => {
    const { holder, rotate, end, clock } = await rotation()
    await rotate('key-two')
    await end({ verdict: 'refused', diagnosis: refusal })
    await clock.advance(1_000)
    await end({ verdict: 'accepted' })
    expect(inUse(holder)).toBe('key-two')
  })

  test('waits as long as there is no verdict', async () => {
    const { holder, rotate, end, clock, refusals, proofs } = await rotation()
    await rotate('key-two')
    await end({ verdict: 'none' })
    await clock.advance(10_000)
    expect(inUse(holder)).toBe('key-one')
    expect(refusals()).toEqual([])
    expect(proofs.length).toBeGreaterThan(1)
  })

  test('is given up after five seconds without an answer, and tried again', async () => {
    const { holder, rotate, clock, proofs } = await rotation()
    await rotate('key-two')
    await clock.advance(5_000)
    expect(proofs[0]?.signal.aborted).toBe(true)
    await clock.advance(1_000)
    expect(proofs).toHaveLength(2)
    expect(inUse(holder)).toBe('key-one')
  })

  test('is not judged by a proof that fails by itself', async () => {
    const { holder, rotate, prove, refusals } = await rotation()
    prove.mockImplementationOnce(() => Promise.reject(new Error('no network')))
    await rotate('key-two')
    prove.mockImplementationOnce(() => {
      throw new Error('no network')
    })
    await rotate('key-two')
    expect([inUse(holder), refusals()]).toEqual(['key-one', []])
  })

  test('is tried at once on a further change, and another key is news again', async () => {
    const { rotate, end, proofs, refusals } = await rotation()
    await rotate('key-two')
    await end({ verdict: 'refused', diagnosis: refusal })
    await rotate('key-two')
    expect(proofs).toHaveLength(2)
    await end({ verdict: 'refused', diagnosis: refusal })
    await rotate('key-three')
    await end({ verdict: 'refused', diagnosis: refusal })
    expect(refusals().map(({ fields }) => fields['token.id'])).toEqual([
      proofs[0]?.candidate.id,
      proofs[2]?.candidate.id,
    ])
  })

  test('is forgotten when the source goes back to the present one', async () => {
    const { holder, rotate, clock, proofs } = await rotation()
    await rotate('key-two')
    await rotate('key-one')
    expect(proofs[0]?.signal.aborted).toBe(true)
    await clock.advance(600_000)
    expect([inUse(holder), proofs.length]).toEqual(['key-one', 1])
  })

  test('takes over at once, and replays, when the present one is refused', async () => {
    const { holder, rotate, proofs, source } = await rotation()
    await rotate('key-two')
    const asked = source.requests.length
    const after = await refuseCurrent(holder)
    expect(after).toMatchObject({ kind: 'replay', refreshed: true, token: { generation: 2 } })
    expect(proofs[0]?.signal.aborted).toBe(true)
    expect(source.requests).toHaveLength(asked)
  })

  test('does not take over so when it is known refused', async () => {
    const { holder, rotate, end } = await rotation()
    await rotate('key-two')
    await end({ verdict: 'refused', diagnosis: refusal })
    expect(await refuseCurrent(holder)).toMatchObject({ kind: 'return' })
    expect(inUse(holder)).toBe('key-one')
  })

  test('takes over when another instance had it accepted', async () => {
    const { holder, rotate, proofs, events } = await rotation()
    await rotate('key-two')
    holder.heard(proofs[0]?.candidate.id ?? '')
    expect(inUse(holder)).toBe('key-two')
    expect(events.at(-1)).toMatchObject({ outcome: 'changed', generation: 2 })
  })

  test('is proved when it comes at the time that the source had named for it', async () => {
    const { holder, clock, proofs, source } = await rotation({ refreshInMs: 60_000 })
    source.answer = () => ({ token: 'key-two', refreshInMs: 60_000 })
    await clock.advance(55_000)
    expect(source.requests.at(-1)).toMatchObject({ reason: 'expiring' })
    expect([proofs.length, inUse(holder)]).toEqual([1, 'key-one'])
    await clock.advance(60_000)
    expect(source.requests.length).toBeLessThan(5)
  })

  test('is known to the scrubber before anybody tries it', async () => {
    const told: string[] = []
    const { prove, rotate } = await rotation()
    prove.mockImplementation((candidate) => {
      told.push(candidate.secret.reveal())
      return new Promise(() => undefined)
    })
    await rotate('key-two')
    expect(told).toEqual(['key-two'])
  })

  test('ends with the holder', async () => {
    const { holder, rotate, proofs, clock } = await rotation()
    await rotate('key-two')
    await holder.close()
    expect(proofs[0]?.signal.aborted).toBe(true)
    expect(clock.pending).toBe(0)
    expect(inUse(holder)).toBe('key-one')
  })
})

describe('a key of a pool', () => {
  async function pool() {
    let announce = (): void => undefined
    let text = 'key-a1'
    const member = scripted(() => ({ token: text }), {
      watch: (onChange: () => void) => {
        announce = onChange
        return () => undefined
      },
    })
    const verdicts: Proof[] = [{ verdict: 'refused', diagnosis: refusal }]
    const prove = jest.fn(async () => verdicts.shift() ?? { verdict: 'none' as const })
    const all = kit(keyPool([member, 'key-b']), { prove })
    await all.holder.acquire()
    text = 'key-a2'
    announce()
    await settle()
    return { ...all, prove, verdicts }
  }

  test('is proved when it is rotated', async () => {
    const { holder, prove } = await pool()
    expect(prove).toHaveBeenCalledTimes(1)
    expect(inUse(holder)).toBe('key-a1')
  })

  test('is passed over when it was refused and the one before it is refused, too', async () => {
    const { holder } = await pool()
    const after = await refuseCurrent(holder)
    expect(after.kind === 'replay' && after.token.secret.reveal()).toBe('key-b')
  })

  test('takes over when it is accepted later', async () => {
    const { holder, clock, verdicts } = await pool()
    verdicts.push({ verdict: 'accepted' })
    await clock.advance(2_000)
    expect(inUse(holder)).toBe('key-a2')
  })
})

describe('no proof waits', () => {
  test('for a token with a lifetime, which comes fresh from an issuer', async () => {
    const { holder, rotate, proofs } = await rotation()
    await rotate('token-two', { expiresInMs: 3_600_000 })
    expect([proofs.length, inUse(holder)]).toEqual([0, 'token-two'])
  })

  test('for the first key', async () => {
    const { proofs } = await rotation()
    expect(proofs).toHaveLength(0)
  })

  test('for a key that the source gives after a 401', async () => {
    const { holder, source, proofs } = await rotation()
    source.answer = () => ({ token: 'key-two' })
    expect(await refuseCurrent(holder)).toMatchObject({ kind: 'replay', token: { generation: 2 } })
    expect(proofs).toHaveLength(0)
  })

  test('when the present key is in doubt', async () => {
    const { holder, rotate, proofs } = await rotation()
    await refuseCurrent(holder)
    await rotate('key-two')
    expect([proofs.length, inUse(holder)]).toEqual([0, 'key-two'])
  })

  test('where nobody can prove', async () => {
    let announce = (): void => undefined
    const source = scripted(() => ({ token: `key-${source.requests.length}` }), {
      watch: (onChange: () => void) => {
        announce = onChange
        return () => undefined
      },
    })
    const { holder } = kit(source)
    await holder.acquire()
    announce()
    await settle()
    expect(inUse(holder)).toBe('key-2')
  })
})
