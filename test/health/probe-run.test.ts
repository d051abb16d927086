import type { Clock } from '../../src/clock'
import type { Probe, ProbeResult } from '../../src/health/probe'
import { runProbe } from '../../src/health/probe-loop'
import { accepted, failed, hanging, outcomeOf } from './monitor-kit'

/** A clock whose event loop can be blocked: time goes by, and timers fire late, all at once. */
class ManualClock implements Clock {
  #time = 0
  #timers: { at: number; fn: () => void }[] = []

  now = () => 1_700_000_000_000 + this.#time
  elapsed = () => this.#time

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#time + ms, fn }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  get pending(): number {
    return this.#timers.length
  }

  run(ms: number): void {
    for (let left = ms; left > 0; left--) this.block(1)
  }

  block(ms: number): void {
    this.#time += ms
    const due = this.#timers.filter(({ at }) => at <= this.#time).sort((a, b) => a.at - b.at)
    this.#timers = this.#timers.filter((timer) => !due.includes(timer))
    for (const { fn } of due) fn()
  }
}

const TIMEOUT = 1_000

async function runWith(probe: Probe, act: (clock: ManualClock) => void | Promise<void>) {
  const clock = new ManualClock()
  const run = runProbe(probe, clock, TIMEOUT)
  await act(clock)
  const evidence = await run.evidence
  expect(clock.pending).toBe(0)
  return evidence
}

test('an answer in time is evidence, with its latency', async () => {
  const evidence = await runWith(
    async () => accepted,
    () => {},
  )
  expect(evidence?.event).toMatchObject({ type: 'success', source: 'active', tookMs: 40 })
})

test('silence until the deadline is a failure of the provider', async () => {
  const evidence = await runWith(hanging, (clock) => clock.run(TIMEOUT))
  expect(evidence).toMatchObject({
    durationMs: TIMEOUT,
    event: { type: 'failure', cause: 'timed-out' },
  })
})

test('silence in a process that was blocked early on is no evidence', async () => {
  const evidence = await runWith(hanging, (clock) => {
    clock.run(100)
    clock.block(500)
    clock.run(400)
  })
  expect(evidence).toBeUndefined()
})

test('silence in a process that was blocked over the deadline is no evidence', async () => {
  const evidence = await runWith(hanging, (clock) => {
    clock.run(990)
    clock.block(100)
    clock.run(50)
  })
  expect(evidence).toBeUndefined()
})

test('short stalls, as a busy process has them, excuse nobody', async () => {
  const evidence = await runWith(hanging, (clock) => {
    clock.run(300)
    clock.block(60)
    clock.run(640)
  })
  expect(evidence?.event).toMatchObject({ cause: 'timed-out' })
})

test('an answer counts although the process was blocked', async () => {
  const evidence = await runWith(
    async () => failed('key-rejected', 401),
    (clock) => clock.block(900),
  )
  expect(evidence?.event).toMatchObject({ cause: 'key-rejected' })
})

test('a probe that is cancelled is no evidence and lets go of its timers at once', async () => {
  const clock = new ManualClock()
  const run = runProbe(hanging, clock, TIMEOUT)
  run.cancel()
  expect(clock.pending).toBe(0)
  await expect(run.evidence).resolves.toBeUndefined()
})

test('a probe that is cancelled at once is never sent', async () => {
  const probe = jest.fn(hanging)
  const run = runProbe(probe, new ManualClock(), TIMEOUT)
  run.cancel()
  await run.evidence
  expect(probe).not.toHaveBeenCalled()
})

test("the wrapper's account of the call goes into the evidence", async () => {
  const outcome = outcomeOf({ status: 401, refreshed: true, retryAfterMs: 7 })
  const evidence = await runWith(
    async () => ({ ...failed('key-rejected', 401), outcome }),
    () => {},
  )
  expect(evidence).toMatchObject({
    retryAfterMs: 7,
    tokenId: 'aaaaaaaaaaaa',
    event: { cause: 'key-rejected', refreshed: true, afterRefresh: false },
  })
})

test('an answer that repeats what is known already is no evidence', async () => {
  const echo = { ...failed('key-rejected', 401), echo: true }
  const evidence = await runWith(
    async () => echo,
    () => {},
  )
  expect(evidence).toBeUndefined()
})

test('an answer that came while the process was blocked over the deadline is heard', async () => {
  let answer: (result: ProbeResult) => void = () => {}
  const evidence = await runWith(
    () => new Promise<ProbeResult>((resolve) => (answer = resolve)),
    async (clock) => {
      await Promise.resolve()
      clock.block(TIMEOUT + 500)
      answer(accepted)
    },
  )
  expect(evidence?.event).toMatchObject({ type: 'success' })
})
