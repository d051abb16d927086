import { causes } from '../../src/causes/table'
import { systemClock } from '../../src/clock'
import { CredentialRejectedError, GuardClosedError, ReadyTimeoutError } from '../../src/errors'
import { localVerdicts } from '../../src/health/evidence'
import {
  accepted,
  diagnosisOf,
  failed,
  failedCall,
  hang,
  hanging,
  outcomeOf,
  type Rig,
  rig,
} from './monitor-kit'

const T0 = Date.parse('2026-11-23T03:00:00.000Z')
let open: Rig[] = []

function start(...args: Parameters<typeof rig>): Rig {
  const made = rig(...args)
  open.push(made)
  return made
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms)

beforeEach(() => {
  jest.useFakeTimers({ now: T0 })
})

afterEach(() => {
  for (const { monitor } of open) monitor.close()
  open = []
  expect(jest.getTimerCount()).toBe(0)
  jest.useRealTimers()
})

describe('the schedule', () => {
  test('probes at once, then by the interval with the first wait splayed', async () => {
    const { monitor, probes } = start()
    monitor.start()
    await pass(100_000)
    expect(probes).toEqual([0, 22_500, 52_500, 82_500])
  })

  test('re-checks after confirmDelayMs, doubled, and slows down once the verdict has turned', async () => {
    const made = start()
    made.answer = failed('service-busy', 503)
    made.monitor.start()
    await pass(400_000)
    expect(made.probes).toEqual([0, 2_000, 6_000, 21_000, 51_000, 111_000, 231_000, 351_000])
  })

  test('keeps every wait within a tenth of its plan', async () => {
    const low = start({ intervalMs: 1_000 }, { random: () => 0 })
    const high = start({ intervalMs: 1_000 }, { random: () => 0.999 })
    low.monitor.start()
    high.monitor.start()
    await pass(2_300)
    expect(low.probes).toEqual([0, 900, 1_800])
    expect(high.probes).toEqual([0, 1_099, 2_198])
  })

  test('waits as long as Retry-After says', async () => {
    const made = start({}, { random: () => 0 })
    made.answer = failed('rate-limited', 429)
    made.account = { status: 429, diagnosis: diagnosisOf('rate-limited'), retryAfterMs: 90_000 }
    made.monitor.start()
    await pass(95_000)
    expect(made.probes).toEqual([0, 90_000])
  })

  test('does not let Retry-After silence it for a day', async () => {
    const made = start({}, { random: () => 0 })
    made.answer = failed('service-busy', 503)
    made.account = { status: 503, retryAfterMs: 86_400_000 }
    made.monitor.start()
    await pass(601_000)
    expect(made.probes).toEqual([0, 600_000])
  })

  test('has one probe in flight at most', async () => {
    const made = start({ timeoutMs: 60_000 })
    made.answer = hanging
    made.monitor.start()
    made.monitor.start()
    made.monitor.credentialChanged()
    made.monitor.observe(failedCall('service-busy'))
    await pass(50_000)
    expect(made.probes).toEqual([0])
  })

  test('is replaced by live traffic that succeeds', async () => {
    const { monitor, probes } = start()
    monitor.start()
    for (let second = 0; second < 600; second++) {
      await pass(1_000)
      monitor.observe(outcomeOf())
    }
    expect(probes).toEqual([0])
  })

  test.each([
    ['comes back an interval after the last live success', 10_000, outcomeOf, 40_000],
    ['asks sooner when a live call fails', 10_000, () => failedCall('service-busy'), 12_000],
    ['asks no later because a live call fails', 22_000, () => failedCall('service-busy'), 22_500],
  ])('%s', async (_, calledAt, call, probedAt) => {
    const { monitor, probes } = start()
    monitor.start()
    await pass(calledAt)
    monitor.observe(call())
    await pass(probedAt - calledAt)
    expect(probes).toEqual([0, probedAt])
  })

  test('asks sooner when a live call succeeds in an outage', async () => {
    const made = start()
    made.answer = failed('service-busy', 503)
    made.monitor.start()
    await pass(120_000)
    made.answer = accepted
    const before = made.probes.length
    made.monitor.observe(outcomeOf())
    await pass(2_000)
    expect(made.probes.slice(before)).toEqual([122_000])
    expect(made.monitor.snapshot().status).toBe('pass')
  })

  test('confirms a recovery without waiting for the slow-down', async () => {
    const made = start()
    made.monitor.start()
    await pass(0)
    made.answer = failed('service-busy', 503)
    await pass(240_000)
    expect(made.monitor.snapshot().status).toBe('warn')
    made.answer = accepted
    const before = made.probes.length
    await pass(122_000)
    const [first = 0, second = 0] = made.probes.slice(before)
    expect(second - first).toBe(2_000)
    expect(made.monitor.snapshot().status).toBe('pass')
  })

  test('tries another token at once', async () => {
    const made = start()
    made.monitor.start()
    await pass(10_000)
    made.monitor.credentialChanged()
    await pass(0)
    expect(made.probes).toEqual([0, 10_000])
  })
})

describe('a probe that gets no answer', () => {
  test('is ended by its deadline and counts as timed out', async () => {
    const made = start()
    const out = hang(made)
    made.monitor.start()
    await pass(4_999)
    expect(out.signal?.aborted).toBe(false)
    await pass(1)
    expect(out.signal?.aborted).toBe(true)
    expect(made.monitor.snapshot()).toMatchObject({ cause: 'timed-out', consecutiveFailures: 1 })
  })

  test('is no evidence when this process was blocked meanwhile, and is repeated soon', async () => {
    let lost = 0
    const clock = { ...systemClock, elapsed: () => systemClock.elapsed() + lost }
    const made = start({ timeoutMs: 1_000 }, { clock })
    made.answer = hanging
    made.monitor.start()
    await pass(300)
    lost = 600
    await pass(750)
    expect(made.monitor.snapshot()).toMatchObject({ cause: 'starting', consecutiveFailures: 0 })
    expect(made.monitor.history().outcomes).toMatchObject([{ outcome: 'ignored', cause: null }])
    await pass(500)
    expect(made.probes).toEqual([0, 1_550])
  })
})

describe('a credential that is refused', () => {
  const refuse = (made: Rig): void => {
    made.answer = failed('key-rejected', 401)
    made.account = { status: 401, diagnosis: diagnosisOf('key-rejected'), refreshed: true }
  }

  test('takes a ready instance out after three refusals', async () => {
    const made = start()
    made.monitor.start()
    await pass(1_000)
    refuse(made)
    await pass(26_000)
    expect(made.monitor.snapshot()).toMatchObject({ status: 'pass', consecutiveFailures: 2 })
    expect(made.monitor.snapshot().checks['deepseek:credential'][0].observedValue).toBe(
      'unconfirmed',
    )
    await pass(4_000)
    expect(made.monitor.snapshot()).toMatchObject({
      status: 'fail',
      cause: 'key-rejected',
      decision: 'wrong-key:steady=fail',
      phase: 'steady',
    })
    expect(made.monitor.snapshot().checks['deepseek:credential'][0].observedValue).toBe('rejected')
  })

  test('is noticed within the worst case that the settings promise', async () => {
    const made = start({ failureThreshold: 5, timeoutMs: 700 }, { random: () => 0.999 })
    made.monitor.start()
    await pass(100_000)
    const changedAt = Date.now()
    refuse(made)
    const { worstCaseDetectionMs } = made.monitor
    await pass(worstCaseDetectionMs)
    expect(made.monitor.snapshot().status).toBe('fail')
    expect(Date.parse(made.monitor.snapshot().since) - changedAt).toBeLessThanOrEqual(
      worstCaseDetectionMs,
    )
  })

  test('is confirmed where the source had nothing to refresh', async () => {
    const made = start()
    made.answer = failed('key-rejected', 401)
    made.monitor.start()
    await pass(1_999)
    expect(made.monitor.snapshot().cause).toBe('starting')
    await pass(4_001)
    expect(made.monitor.snapshot().cause).toBe('key-rejected')
  })

  test('is not confirmed by what the breaker answers in the place of DeepSeek', async () => {
    const made = start()
    const { monitor } = made
    const real = { status: 401, diagnosis: diagnosisOf('credential-stripped'), refreshed: true }
    const echo = { status: 401, diagnosis: diagnosisOf('credential-stripped'), synthetic: true }
    monitor.observe(failedCall('credential-stripped', real))
    for (let count = 0; count < 5; count++) {
      await pass(10)
      monitor.observe(failedCall('credential-stripped', echo))
    }
    expect(monitor.snapshot()).toMatchObject({ cause: 'starting', consecutiveFailures: 1 })
    expect(monitor.history().outcomes).toHaveLength(1)
  })

  test('is let in again after a rotation, as fast as two probes can say so', async () => {
    const made = start()
    made.monitor.start()
    await pass(1_000)
    refuse(made)
    await pass(60_000)
    expect(made.monitor.snapshot().status).toBe('fail')
    made.answer = accepted
    made.account = undefined
    made.monitor.credentialChanged()
    await pass(2_000)
    expect(made.monitor.snapshot().status).toBe('pass')
  })
})

describe('ready', () => {
  test('gives the first health that lets traffic in', async () => {
    const { monitor } = start()
    monitor.start()
    await expect(monitor.ready()).resolves.toMatchObject({ status: 'pass', phase: 'steady' })
  })

  test('names a next probe that lies ahead', async () => {
    const { monitor } = start()
    monitor.start()
    const { nextProbeAt } = await monitor.ready()
    expect(Date.parse(nextProbeAt ?? '')).toBeGreaterThan(Date.now())
  })

  test('refuses a misspelt or ill-typed option instead of waiting without a deadline', async () => {
    const { monitor } = start()
    const misspelt = { timeout: 1_000 } as object
    await expect(monitor.ready(misspelt)).rejects.toThrow(/ready\.timeout .*ready\.timeoutMs/)
    const illTyped = { timeoutMs: '1000' as unknown as number }
    await expect(monitor.ready(illTyped)).rejects.toThrow(TypeError)
    const noSignal = { signal: 5 as unknown as AbortSignal }
    await expect(monitor.ready(noSignal)).rejects.toThrow(/AbortSignal/)
  })

  test('gives a degraded health once the startup deadline has passed', async () => {
    const made = start()
    made.answer = failed('service-busy', 503)
    made.monitor.start()
    const health = made.monitor.ready()
    await pass(60_001)
    await expect(health).resolves.toMatchObject({ status: 'warn', cause: 'service-busy' })
    expect(Date.now() - T0).toBe(60_001)
  })

  test('rejects with the diagnosis of a confirmed refusal', async () => {
    const made = start()
    made.answer = failed('key-rejected', 401)
    made.monitor.start()
    const caught = made.monitor.ready().catch((error) => error)
    await pass(6_000)
    const error = await caught
    expect(error).toBeInstanceOf(CredentialRejectedError)
    expect(error.diagnosis.cause).toBe('key-rejected')
  })

  test('rejects at its deadline', async () => {
    const made = start()
    made.answer = hanging
    made.monitor.start()
    const caught = made.monitor.ready({ timeoutMs: 1_000 }).catch((error) => error)
    await pass(1_000)
    const error = await caught
    expect(error).toBeInstanceOf(ReadyTimeoutError)
    // A probe is under way: nobody may claim that nothing was asked.
    expect(error.message).toContain('(starting): DeepSeek has not answered yet')
    expect(error.message).toContain('a firewall drops packets')
  })

  test('says at its deadline what it waited for, and what to do', async () => {
    const made = start()
    made.answer = failed('dns-failed')
    const caught = made.monitor.ready({ timeoutMs: 1_000 }).catch((error) => error)
    await pass(1_000)
    const { message } = await caught
    expect(message).toContain('1000 ms (dns-failed): DeepSeek cannot be reached from here')
    expect(message).toContain(causes['dns-failed'].fix.text)
  })

  test('says what the first failure looks like before it is confirmed', async () => {
    const made = start()
    made.answer = failed('base-url-invalid')
    const caught = made.monitor.ready({ timeoutMs: 1_000 }).catch((error) => error)
    await pass(1_000)
    const { message } = await caught
    expect(message).toContain('1000 ms (base-url-invalid): Our configuration keeps calls')
    expect(message).toContain(causes['base-url-invalid'].fix.text)
  })

  test("rejects with the signal's reason, before and while waiting", async () => {
    const { monitor } = start()
    const reason = new Error('enough')
    await expect(monitor.ready({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const caught = monitor.ready({ signal: controller.signal }).catch((error) => error)
    controller.abort(reason)
    expect(await caught).toBe(reason)
  })

  test('rejects when the guard is closed, before and while waiting', async () => {
    const { monitor } = start()
    const caught = monitor.ready().catch((error) => error)
    monitor.close()
    expect(await caught).toBeInstanceOf(GuardClosedError)
    await expect(monitor.ready()).rejects.toBeInstanceOf(GuardClosedError)
  })

  test('rejects when the guard is draining, which never ends well', async () => {
    const { monitor } = start()
    monitor.drain()
    await expect(monitor.ready()).rejects.toThrow('The guard is draining')
  })

  test('probes without a start while somebody waits, and no longer', async () => {
    const made = start()
    made.answer = failed('service-busy', 503)
    const health = Promise.all([made.monitor.ready(), made.monitor.ready()])
    await pass(5_000)
    made.answer = accepted
    await pass(1_000)
    await expect(health).resolves.toMatchObject([{ status: 'pass' }, { status: 'pass' }])
    await pass(600_000)
    expect(made.probes).toEqual([0, 2_000, 6_000])
    expect(made.monitor.snapshot().nextProbeAt).toBeNull()
  })

  test('can be asked again although the last one who waited has left', async () => {
    const made = start()
    made.answer = hanging
    const controller = new AbortController()
    const caught = made.monitor.ready({ signal: controller.signal }).catch(() => 'left')
    await pass(100)
    controller.abort()
    made.answer = accepted
    const health = made.monitor.ready()
    await pass(0)
    expect(await caught).toBe('left')
    await expect(health).resolves.toMatchObject({ status: 'pass' })
    expect(made.probes).toEqual([0, 100])
  })

  test('keeps the process alive while somebody waits, and no longer', async () => {
    const made = start()
    made.answer = hanging
    made.monitor.start()
    const before = jest.getTimerCount()
    const controller = new AbortController()
    const caught = made.monitor.ready({ signal: controller.signal }).catch(() => {})
    expect(jest.getTimerCount()).toBe(before + 1)
    controller.abort()
    await caught
    expect(jest.getTimerCount()).toBe(before)
  })
})

describe('the news', () => {
  test('is told once a change', async () => {
    const seen: string[] = []
    const made = start({}, { onChange: (health) => seen.push(health.decision) })
    made.monitor.start()
    await pass(1_000)
    made.answer = failed('service-busy', 503)
    await pass(120_000)
    expect(seen).toEqual(['accepted:steady=pass', 'service:steady=warn'])
  })

  test('is logged with cause, rule and fix', async () => {
    const made = start()
    made.answer = failed('key-rejected', 401)
    made.monitor.start()
    await pass(6_000)
    expect(made.lines.at(-1)).toMatchObject({
      level: 'error',
      event: 'health.changed',
      fields: { from: 'fail', to: 'fail', cause: 'key-rejected', reason: 'wrong-key:startup=fail' },
    })
    expect(made.lines.filter(({ event }) => event === 'probe.failed')).toHaveLength(3)
    expect(made.lines.at(-1)?.fields.fix).toBe(diagnosisOf('key-rejected').fix.text)
  })

  test('goes on although metrics throw', async () => {
    const made = start(
      {},
      {
        record({ kind }) {
          if (kind === 'probe') throw new Error('no such label')
        },
      },
    )
    made.monitor.start()
    await pass(60_000)
    expect(made.probes.length).toBeGreaterThan(1)
  })

  test('is measured: state, transition, probe, evidence', async () => {
    const made = start()
    made.monitor.start()
    await pass(0)
    expect(made.measurements).toEqual([
      { kind: 'state', status: 'fail' },
      { kind: 'probe', source: 'active', outcome: 'success', cause: null, durationMs: 40 },
      { kind: 'evidence', ageMs: 0 },
      { kind: 'transition', from: 'fail', to: 'pass', cause: null },
      { kind: 'state', status: 'pass' },
    ])
  })
})

describe('time alone', () => {
  test('makes evidence stale', async () => {
    const made = start({ staleAfterMs: 20_000, intervalMs: 10_000 })
    made.monitor.observe(outcomeOf())
    await pass(20_000)
    expect(made.monitor.snapshot().status).toBe('pass')
    await pass(1)
    expect(made.monitor.snapshot()).toMatchObject({ status: 'warn', decision: 'stale:steady=warn' })
  })

  test('counts from the newest evidence', async () => {
    const made = start({ staleAfterMs: 20_000, intervalMs: 10_000 })
    made.monitor.observe(outcomeOf())
    await pass(15_000)
    made.monitor.observe(outcomeOf())
    await pass(20_000)
    expect(made.monitor.snapshot().status).toBe('pass')
    await pass(1)
    expect(made.monitor.snapshot().status).toBe('warn')
  })
})

describe('the snapshot', () => {
  test('is the same object within a second, and another in the next', async () => {
    const { monitor } = start()
    monitor.start()
    await pass(0)
    const first = monitor.snapshot()
    await pass(900)
    expect(monitor.snapshot()).toBe(first)
    await pass(100)
    expect(monitor.snapshot()).not.toBe(first)
    expect(monitor.snapshot().checks['guard:evidenceAge']?.[0].observedValue).toBe(1)
  })

  test('names the next probe', async () => {
    const { monitor } = start()
    monitor.start()
    await pass(0)
    expect(monitor.snapshot().nextProbeAt).toBe('2026-11-23T03:00:22.500Z')
  })
})

describe('draining', () => {
  test('fails readiness at once and ends the probing', async () => {
    const { monitor, probes } = start()
    monitor.start()
    await pass(0)
    monitor.drain()
    expect(monitor.snapshot()).toMatchObject({
      status: 'fail',
      phase: 'draining',
      nextProbeAt: null,
    })
    await pass(600_000)
    expect(probes).toEqual([0])
  })

  test('ends the probe that is out, which then counts for nothing', async () => {
    const made = start()
    const out = hang(made)
    made.monitor.start()
    await pass(0)
    made.monitor.drain()
    await pass(10_000)
    expect(out.signal?.aborted).toBe(true)
    expect(made.monitor.history().outcomes).toEqual([])
  })

  test('cannot be undone by a start', async () => {
    const { monitor, probes } = start()
    monitor.drain()
    monitor.start()
    await pass(60_000)
    expect(probes).toEqual([])
  })
})

describe('closing', () => {
  test('leaves no timer, whatever was going on', async () => {
    const made = start()
    made.answer = hanging
    made.monitor.start()
    made.monitor.observe(failedCall('service-busy'))
    const waiting = made.monitor.ready({ timeoutMs: 1e6 }).catch(() => {})
    made.monitor.close()
    made.monitor.close()
    await waiting
    await pass(0)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('from within a listener is an end as well', async () => {
    const { monitor, probes } = start({}, { onChange: () => monitor.close() })
    monitor.start()
    await pass(600_000)
    expect(probes).toEqual([0])
    expect(jest.getTimerCount()).toBe(0)
  })

  test('keeps answering, as draining', () => {
    const { monitor } = start()
    monitor.close()
    expect(monitor.snapshot().phase).toBe('draining')
  })

  test('is deaf to calls that end later', async () => {
    const { monitor, measurements } = start()
    monitor.close()
    const before = measurements.length
    monitor.observe(outcomeOf())
    monitor.credentialChanged()
    expect(measurements).toHaveLength(before)
  })
})

describe('the verdict source', () => {
  /** Three refusals that another process was told, two seconds apart, read in one look. */
  const refusals = (endedAt: number) =>
    [4_000, 2_000, 0].map((ageMs) => ({
      at: Date.now() - ageMs,
      durationMs: 10,
      event: {
        type: 'failure' as const,
        source: 'shared' as const,
        cause: 'key-rejected' as const,
        inference: false,
        startedAt: endedAt - ageMs - 10,
        endedAt: endedAt - ageMs,
        credentialAccepted: false,
        refreshed: false,
        afterRefresh: false,
      },
    }))

  test('may bring several findings at once, and each one counts', async () => {
    const looks = [{ evidence: refusals(performance.now()), lookAgainMs: 2_000 }]
    const verdictSource = {
      next: async () => looks.shift() ?? { evidence: [], lookAgainMs: 2_000 },
    }
    const made = start({}, { verdictSource })
    made.monitor.start()
    await pass(0)
    expect(made.monitor.snapshot()).toMatchObject({
      status: 'fail',
      cause: 'key-rejected',
      consecutiveFailures: 3,
      source: 'shared',
    })
    await pass(10_000)
    expect(made.monitor.snapshot().consecutiveFailures).toBe(3)
    expect(made.probes).toEqual([])
  })

  test('leaves an instance in rotation whose fault half of the fleet has', async () => {
    const now = performance.now()
    const good = { type: 'success', source: 'shared', proof: 'balance' } as const
    const first = { at: Date.now(), durationMs: 1, event: good }
    const looks = [{ evidence: [first, ...refusals(now + 5_000)], lookAgainMs: 2_000 }]
    const verdictSource = {
      next: async () => looks.shift() ?? { evidence: [], lookAgainMs: 2_000 },
    }
    const { monitor } = start({}, { verdictSource })
    monitor.fleetRule({ credential: false, other: true })
    monitor.start()
    await pass(0)
    expect(monitor.snapshot()).toMatchObject({ status: 'warn', decision: 'fleet:steady=warn' })
    expect(monitor.wouldFail).toBe(true)
    monitor.fleetRule({ credential: true, other: true })
    expect(monitor.snapshot()).toMatchObject({ status: 'fail', decision: 'wrong-key:steady=fail' })
  })

  test('may bring what another process found out', async () => {
    const at = Date.now()
    const made = start(
      {},
      {
        verdictSource: {
          next: async () => ({
            evidence: [
              {
                at,
                durationMs: 12,
                event: { type: 'success', source: 'shared', proof: 'balance', tookMs: 12 },
              },
            ],
          }),
        },
      },
    )
    made.monitor.start()
    await pass(0)
    expect(made.probes).toEqual([])
    expect(made.monitor.snapshot()).toMatchObject({ status: 'pass', source: 'shared' })
  })

  test('that breaks leaves the process to its own eyes', async () => {
    const made = start({}, { verdictSource: { next: () => Promise.reject(new Error('down')) } })
    made.monitor.start()
    await pass(0)
    expect(made.probes).toEqual([0])
    expect(made.monitor.snapshot()).toMatchObject({ status: 'pass', source: 'active' })
  })

  test('is closed with the monitor', () => {
    const close = jest.fn()
    const { monitor } = start({}, { verdictSource: { ...localVerdicts, close } })
    monitor.close()
    monitor.close()
    expect(close).toHaveBeenCalledTimes(1)
  })
})

test('a client that left early is counted', () => {
  const { monitor, measurements } = start()
  monitor.probeAborted()
  expect(monitor.history().abortedProbes).toBe(1)
  expect(measurements.at(-1)).toEqual({ kind: 'probe-abort' })
})

test('the history keeps the last sixty outcomes', async () => {
  const { monitor } = start()
  for (let call = 0; call < 70; call++) {
    monitor.observe(outcomeOf({ durationMs: call }))
    await pass(1_000)
  }
  const { outcomes } = monitor.history()
  expect(outcomes).toHaveLength(60)
  expect(outcomes[0]).toMatchObject({ source: 'passive', durationMs: 10 })
})

test('live calls of one second that ended alike are one mark in the history', async () => {
  const { monitor } = start()
  for (let call = 0; call < 100; call++) monitor.observe(outcomeOf({ durationMs: call }))
  monitor.observe(failedCall('service-busy'))
  await pass(1_000)
  monitor.observe(failedCall('service-busy'))
  expect(monitor.history().outcomes).toMatchObject([
    { outcome: 'success', count: 100, durationMs: 99 },
    { outcome: 'failure', cause: 'service-busy' },
    { outcome: 'failure', cause: 'service-busy' },
  ])
})

test('a busy app is counted call by call and judged once a second', async () => {
  const { monitor, measurements } = start()
  monitor.observe(outcomeOf())
  measurements.length = 0
  for (let call = 0; call < 1_000; call++) {
    monitor.observe(outcomeOf())
    if (call % 500 === 499) await pass(1_000)
  }
  const probe = { kind: 'probe', source: 'passive', outcome: 'success', cause: null }
  expect(measurements.filter(({ kind }) => kind === 'probe')).toHaveLength(1_000)
  expect(measurements).toContainEqual({ ...probe, durationMs: 10 })
  const judged = measurements.filter(({ kind }) => kind === 'evidence')
  expect(judged).toEqual([{ kind: 'evidence', ageMs: 0 }])
  monitor.observe(failedCall('service-busy'))
  expect(monitor.snapshot().consecutiveFailures).toBe(1)
})

test('calls that succeed all the time never let evidence become stale, however short that is', async () => {
  const { monitor } = start({ staleAfterMs: 200 })
  for (let call = 0; call < 50; call++) {
    monitor.observe(outcomeOf())
    expect(monitor.snapshot().status).toBe('pass')
    await pass(50)
  }
})

describe('a wall clock', () => {
  test('that was set back does not keep evidence of the future', async () => {
    const { monitor } = start({ staleAfterMs: 20_000, intervalMs: 10_000 })
    monitor.observe(outcomeOf())
    await pass(10_000)
    jest.setSystemTime(T0 - 3_600_000)
    const [credential] = monitor.snapshot().checks['deepseek:credential']
    expect(credential?.time).toBe('2026-11-23T01:59:50.000Z')
    await pass(10_001)
    expect(monitor.snapshot().decision).toBe('stale:steady=warn')
  })

  test('that was set forward makes nothing stale and no probe late', async () => {
    const { monitor, probes } = start()
    monitor.start()
    await pass(1_000)
    jest.setSystemTime(T0 + 86_400_000)
    await pass(34_000)
    expect(monitor.snapshot()).toMatchObject({ status: 'pass', decision: 'accepted:steady=pass' })
    expect(probes).toHaveLength(2)
  })

  test.each([
    [
      'throws',
      (): number => {
        throw new Error('no clock')
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives more than a date can hold', () => Number.MAX_VALUE],
    ['gives a text', () => 'now' as unknown as number],
  ])('that %s ends nothing', async (_, now) => {
    const { monitor } = start({}, { probe: async () => accepted })
    const lost = failedCall('service-busy', { startedAt: 0 })
    jest.spyOn(Date, 'now').mockImplementation(now)
    monitor.start()
    await pass(1_000)
    monitor.observe(lost)
    expect(monitor.snapshot()).toMatchObject({ status: 'pass', consecutiveFailures: 1 })
    expect(Date.parse(monitor.snapshot().since)).not.toBeNaN()
  })
})

test('the longest delays that there are end nothing', async () => {
  const longest = Number.MAX_SAFE_INTEGER
  const made = start({ confirmDelayMs: longest, intervalMs: longest, startupDeadlineMs: 300 })
  made.answer = failed('network-unreachable')
  made.monitor.start()
  await pass(1_000)
  expect(made.monitor.snapshot()).toMatchObject({ status: 'warn', cause: 'network-unreachable' })
  expect(made.monitor.snapshot().nextProbeAt).toBe('9999-12-31T23:59:59.999Z')
})

test('a threshold of five turns after five refusals', async () => {
  const made = start({ failureThreshold: 5 })
  const read = { method: 'GET', path: '/models', status: 401, refreshed: true }
  const refusal = { ...read, diagnosis: diagnosisOf('key-rejected') }
  const held = { ...refusal, synthetic: true }
  made.monitor.observe(outcomeOf())
  for (let count = 1; count <= 5; count++) {
    expect(made.monitor.snapshot().status).toBe('pass')
    await pass(10)
    made.monitor.observe(outcomeOf({ ...refusal, startedAt: Date.now() }))
    made.monitor.observe(outcomeOf({ ...held, startedAt: Date.now() }))
    expect(made.monitor.snapshot().consecutiveFailures).toBe(count)
  }
  expect(made.monitor.snapshot().status).toBe('fail')
})

test('failed inference between green probes warns until the evidence of it is old', async () => {
  const { monitor } = start()
  monitor.start()
  for (let count = 0; count < 12; count++) {
    await pass(40_000)
    monitor.observe(failedCall('service-busy'))
  }
  await pass(200_000)
  expect(monitor.snapshot()).toMatchObject({ status: 'warn', cause: 'service-busy' })
  await pass(101_000)
  expect(monitor.snapshot()).toMatchObject({ status: 'pass', consecutiveFailures: 0 })
})

test('streams that break off have a share of their own', async () => {
  const { monitor } = start()
  monitor.observe(outcomeOf({ stream: 'success' }))
  monitor.observe(outcomeOf({ stream: 'success' }))
  expect(monitor.snapshot().checks['deepseek:streams']?.[0].observedValue).toBe(0)
  await pass(1_000)
  monitor.observe(failedCall('stream-cut', { status: 200, stream: 'stream-cut' }))
  expect(monitor.snapshot().checks['deepseek:streams']?.[0].observedValue).toBe(0.333)
})
