import { Registry } from 'prom-client'
import type { AccountOptions } from '../../src/account/options'
import { createGuard } from '../../src/guard/guard'
import type { GuardMembers } from '../../src/guard/members'
import type { GuardOptions } from '../../src/guard/options'
import { guardMetrics } from '../../src/observability/metrics'

const START = Date.parse('2026-11-07T10:00:00Z')
const MINUTE = 60_000
const KEY = `sk-${'1a'.repeat(16)}`

beforeEach(() => {
  jest.useFakeTimers({ now: START, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
})
afterEach(() => jest.useRealTimers())

interface World {
  guard: GuardMembers
  lines: Record<string, unknown>[]
  /** Requests by path. */
  asked: string[]
  /** Lets so many minutes go by; `each` comes at the end of every one. */
  pass(minutes: number, each?: () => Promise<unknown>): Promise<void>
  /** One completion of a million output tokens, off-peak 0.60. */
  complete(model?: string): Promise<void>
  page(): string
}

/** A guard whose DeepSeek answers with this balance. */
function worldOf(
  balance: (minutes: number) => unknown,
  account?: false | AccountOptions,
  options: GuardOptions = {},
): World {
  const lines: Record<string, unknown>[] = []
  const asked: string[] = []
  const take = (fields: object, message?: string) => lines.push({ ...fields, message })
  const answer: typeof fetch = async (input) => {
    const { pathname } = new URL(String(input))
    asked.push(pathname)
    if (pathname === '/user/balance') {
      return Response.json(balance((Date.now() - START) / MINUTE))
    }
    return Response.json({
      object: 'chat.completion',
      model: model.name,
      choices: [{ finish_reason: 'stop', message: { content: 'x'.repeat(3_000) } }],
      usage: { prompt_tokens: 0, completion_tokens: 1_000_000 },
    })
  }
  const model = { name: 'deepseek-flash' }
  const { members, endpoints } = createGuard({
    env: { DEEPSEEK_API_KEY: KEY },
    report: false,
    logger: { info: take, warn: take, error: take },
    outbound: { fetch: answer },
    ...(account !== undefined && { account }),
    ...options,
  })
  const settle = async () => {
    for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate)
  }
  return {
    guard: members,
    lines,
    asked,
    async pass(minutes, each) {
      await settle()
      for (let minute = 0; minute < minutes; minute++) {
        await jest.advanceTimersByTimeAsync(MINUTE)
        await each?.()
        await settle()
      }
    },
    async complete(name = 'deepseek-flash') {
      model.name = name
      const url = 'https://api.deepseek.com/chat/completions'
      const response = await members.fetch(url, { method: 'POST', body: '{}' })
      await response.text()
      await settle()
    },
    page() {
      const request = { method: 'GET', authorization: undefined, accept: 'text/html', local: true }
      return String(endpoints.answer('ready' as never, request).body)
    },
  }
}

const usd = (amount: number) => ({
  is_available: amount > 0,
  balance_infos: [{ currency: 'USD', total_balance: amount.toFixed(2) }],
})

test('tells the balance that the first probe read', async () => {
  const { guard, pass } = worldOf(() => usd(12.5))
  expect(guard.account()).toBeUndefined()
  await pass(0)
  expect(guard.account()).toMatchObject({
    available: true,
    balances: [{ currency: 'USD', total: 12.5 }],
    usage: { cacheHit: 0, cacheMiss: 0, output: 0, reasoning: 0 },
    peak: false,
  })
  await guard.close()
})

test('tells a balance that is used up', async () => {
  const { guard, pass } = worldOf(() => usd(0))
  await pass(0)
  expect(guard.account()).toMatchObject({ available: false, balances: [{ total: 0 }] })
  expect(guard.health().cause).toBe('balance-exhausted')
  await guard.close()
})

test('counts what answers say was used, and what that costs', async () => {
  const { guard, pass, complete } = worldOf(() => usd(50))
  await pass(0)
  await complete()
  await complete()
  expect(guard.account()).toMatchObject({
    usage: { output: 2_000_000 },
    spent: { currency: 'USD', amount: 1.2 },
  })
  await complete('somebody-elses-model')
  expect(guard.account()).not.toHaveProperty('spent')
  await guard.close()
})

test('an answer that names no model is priced as the one that was asked for', async () => {
  const { guard, pass } = worldOf(() => usd(1), undefined, {
    health: false,
    outbound: {
      fetch: async () =>
        Response.json({
          choices: [{ finish_reason: 'stop', message: { content: 'yes' } }],
          usage: { completion_tokens: 1_000_000 },
        }),
    },
  })
  const body = JSON.stringify({
    messages: [{ content: 'x'.repeat(9_000) }],
    model: 'deepseek-v4-pro',
  })
  const url = 'https://api.deepseek.com/chat/completions'
  for (const sent of [body, new TextEncoder().encode(body)]) {
    await (await guard.fetch(url, { method: 'POST', body: sent })).json()
  }
  await pass(0)
  expect(guard.account()?.spent?.amount).toBeCloseTo(2 * 1.98, 9)
  await guard.close()
})

/** Probes are due every two minutes, and calls come every minute. */
const busy: GuardOptions = { health: { intervalMs: 120_000 } }

test('while live calls go well, the balance is read every five minutes and no more', async () => {
  const { guard, pass, complete, asked } = worldOf(() => usd(50), undefined, busy)
  await pass(61, complete)
  const probes = asked.filter((path) => path === '/user/balance').length
  expect(probes).toBeGreaterThanOrEqual(12)
  expect(probes).toBeLessThanOrEqual(14)
  expect(new Set(asked)).toEqual(new Set(['/user/balance', '/chat/completions']))
  await guard.close()
})

test('with account: false nothing is known, and live calls postpone the probe for good', async () => {
  const { guard, pass, complete, asked } = worldOf(() => usd(1), false, busy)
  await pass(61, complete)
  expect(guard.account()).toBeUndefined()
  expect(guard.health()).toMatchObject({ status: 'pass', cause: null })
  expect(guard.health().checks).not.toHaveProperty('deepseek:runway')
  expect(asked.filter((path) => path === '/user/balance')).toHaveLength(1)
  await guard.close()
})

test('a runway below a day is a warning, in health and in one line an hour', async () => {
  const { guard, pass, lines, page } = worldOf((minutes) => usd(10 - minutes / 60))
  const snapshots: number[] = []
  guard.on('account', ({ balances }) => snapshots.push(balances[0]?.total ?? Number.NaN))
  await pass(100)
  expect(guard.health()).toMatchObject({
    status: 'warn',
    cause: 'balance-low',
    decision: 'account:steady=warn',
  })
  const [runway] = guard.health().checks['deepseek:runway'] ?? []
  expect(runway).toMatchObject({ status: 'warn', observedUnit: 'h' })
  expect(runway?.observedValue).toBeGreaterThan(6)
  expect(runway?.observedValue).toBeLessThan(12)
  const low = lines.filter(({ event }) => event === 'account.low')
  expect(low).toHaveLength(2)
  expect(low[0]).toMatchObject({ cause: 'balance-low', fix: expect.stringContaining('Top up') })
  expect(guard.health().description).toContain('will not last much longer')
  // The balance has two decimals; no figure in body or log has.
  expect(JSON.stringify([guard.health(), ...lines])).not.toMatch(/(?<![\d:])\d+\.\d\d(?!\d)/)
  expect(snapshots.length).toBeGreaterThan(100)
  expect(page()).toContain('Balance lasts')
  await guard.close()
})

test('under strict it fails', async () => {
  const { guard, pass } = worldOf(
    () => usd(3),
    { lowBalance: { USD: 5 } },
    { health: { policy: 'strict' } },
  )
  await pass(1)
  expect(guard.health()).toMatchObject({ status: 'fail', cause: 'balance-low' })
  await guard.close()
})

test('a stranger who spends the account is told within a quarter of an hour', async () => {
  let spent = 0
  const world = worldOf((minutes) => usd(500 - spent - Math.max(0, minutes - 30) * 0.6), {
    exclusive: true,
  })
  const { guard, pass, complete } = world
  const work = async () => {
    await complete()
    spent += 0.6
  }
  await pass(30, work)
  expect(guard.health().cause).toBeNull()
  await pass(15, work)
  expect(guard.health()).toMatchObject({ status: 'warn', cause: 'spending-unexplained' })
  expect(guard.account()?.unexplainedPerHour).toBeGreaterThan(10)
  await guard.close()
})

describe('usage in a stream', () => {
  const data = (value: unknown) =>
    `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`
  const piece = (content: string) => ({
    model: 'deepseek-flash',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    usage: null,
  })
  const streams: [name: string, path: string, text: string][] = [
    [
      'of a chat completion',
      '/chat/completions',
      [
        data(piece('Hel')),
        ': keep-alive\n\n',
        data(piece('{"usage":{"prompt_tokens":999}}')),
        data({
          model: 'deepseek-flash',
          choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
          usage: { prompt_tokens: 25, prompt_cache_hit_tokens: 20, completion_tokens: 15 },
        }),
        data('[DONE]'),
      ].join(''),
    ],
    [
      "of Anthropic's messages",
      '/anthropic/v1/messages',
      [
        data({
          type: 'message_start',
          message: {
            model: 'deepseek-flash',
            usage: { input_tokens: 5, cache_read_input_tokens: 20, output_tokens: 1 },
          },
        }),
        data({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }),
        data({
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage: { output_tokens: 15 },
        }),
        data({ type: 'message_stop' }),
      ].join(''),
    ],
    [
      'of /responses',
      '/responses',
      [
        data({ type: 'response.output_text.delta', delta: 'Hi' }),
        data({
          type: 'response.completed',
          response: {
            model: 'deepseek-flash',
            status: 'completed',
            usage: {
              input_tokens: 25,
              input_tokens_details: { cached_tokens: 20 },
              output_tokens: 15,
            },
          },
        }),
      ].join(''),
    ],
  ]

  test.each(streams)('%s is read, whatever the pieces it comes in', async (_name, path, text) => {
    const headers = { 'content-type': 'text/event-stream' }
    const bytes = new TextEncoder().encode(text)
    for (const size of [7, 64, bytes.length]) {
      const body = () =>
        new ReadableStream({
          start(controller) {
            for (let at = 0; at < bytes.length; at += size) {
              controller.enqueue(bytes.slice(at, at + size))
            }
            controller.close()
          },
        })
      const { guard, pass } = worldOf(() => usd(1), undefined, {
        outbound: { fetch: async () => new Response(body(), { headers }) },
        health: false,
      })
      const answer = await guard.fetch(`https://api.deepseek.com${path}`, {
        method: 'POST',
        body: '{}',
      })
      expect(await answer.text()).toBe(text)
      await pass(0)
      expect(guard.account()).toMatchObject({
        usage: { cacheHit: 20, cacheMiss: 5, output: 15, reasoning: 0 },
        cacheHitRatio: 0.8,
      })
      expect(guard.account()?.spent?.amount).toBeCloseTo(
        (20 * 0.003 + 5 * 0.15 + 15 * 0.6) / 1e6,
        12,
      )
      await guard.close()
    }
  })
})

test('a completion whose body cannot be watched explains any fall', async () => {
  const shape = { status: 200, headers: new Headers(), body: { pipe() {} }, text: async () => '' }
  const { guard, pass } = worldOf(
    () => usd(1),
    { exclusive: true, warnHours: 0 },
    {
      outbound: {
        fetch: async (input) =>
          String(input).endsWith('/user/balance')
            ? Response.json(usd(500 - ((Date.now() - START) / MINUTE) * 0.6))
            : (shape as unknown as Response),
      },
    },
  )
  const url = 'https://api.deepseek.com/chat/completions'
  await pass(45, () => guard.fetch(url, { method: 'POST', body: '{}' }))
  expect(guard.health().cause).toBeNull()
  await guard.close()
})

test('figures go to metrics', async () => {
  const registry = new Registry()
  const { guard, pass, complete } = worldOf((minutes) => usd(90 - minutes / 60), undefined, {
    metrics: guardMetrics({ registry }),
  })
  await pass(60)
  await complete()
  const text = await registry.metrics()
  expect(text).toMatch(/^deepseek_guard_balance\{currency="USD"\} 89(\.0\d)?$/m)
  expect(text).toMatch(/^deepseek_guard_balance_runway_hours \d+/m)
  expect(text).toContain('deepseek_guard_tokens_total{kind="output"} 1000000')
  expect(text).toContain('deepseek_guard_tokens_total{kind="reasoning"} 0')
  expect(text).toContain('deepseek_guard_peak_price 0')
  jest.setSystemTime(Date.parse('2026-11-09T02:00:00Z'))
  expect(await registry.metrics()).toContain('deepseek_guard_peak_price 1')
  await guard.close()
})

test('behind a gateway tokens are counted, and no price is guessed', async () => {
  const { guard, pass, complete } = worldOf(() => usd(1), undefined, {
    baseURL: 'https://gateway.example/v1',
    outbound: {
      fetch: async () =>
        Response.json({
          object: 'list',
          data: [],
          model: 'deepseek-flash',
          choices: [{ finish_reason: 'stop', message: { content: 'yes' } }],
          usage: { prompt_tokens: 4, completion_tokens: 6 },
        }),
      origins: ['https://api.deepseek.com'],
    },
  })
  await pass(0)
  await complete()
  expect(guard.account()).toMatchObject({ balances: [], usage: { cacheMiss: 4, output: 6 } })
  expect(guard.account()).not.toHaveProperty('spent')
  await guard.close()
})

test.each([
  [{ account: { lowBalance: { usd: 5 } } }, /account\.lowBalance/],
  [{ account: { warnHours: -1 } }, /account\.warnHours/],
  [{ account: { exclusiv: true } }, /exclusive/],
  [{ account: { prices: {} } }, /deepseekPrices/],
  [{ account: true }, /account/],
])('refuses %j', (options, message) => {
  expect(() => worldOf(() => usd(1), undefined, options as GuardOptions)).toThrow(message)
})
