import { AccountWatch } from '../../src/account/watch'
import type { CallOutcome } from '../../src/outbound/call'
import { deepseekPrices } from '../../src/provider/prices'
import { outcomeOf } from '../health/monitor-kit'

const rules = { lowBalance: { USD: 5 }, warnHours: 0, exclusive: false, prices: deepseekPrices }

function setUp() {
  let elapsed = 0
  const warnings: unknown[] = []
  const clock = { now: () => 1.7e12 + elapsed, elapsed: () => elapsed, after: () => () => {} }
  const log = { enabled: () => true, emit: (...line: unknown[]) => void warnings.push(line) }
  const quiet = { record() {}, onSnapshot() {}, onCause() {} }
  const watch = new AccountWatch({ rules, clock, log, ...quiet })
  const balance = (total: string) => {
    const row = { currency: 'USD', total_balance: total }
    watch.takeBalance({ is_available: true, balance_infos: [row] }, 'a')
  }
  const wait = (ms: number) => {
    elapsed += ms
  }
  return { watch, warnings, balance, wait }
}

test.each<[Partial<CallOutcome>, boolean]>([
  [{}, true],
  [{ status: 299 }, true],
  [{ status: 199 }, false],
  [{ status: 300 }, false],
  [{ method: 'GET' }, false],
  [{ path: '/models' }, false],
  [{ stream: 'success' }, false],
  [{ purpose: 'probe' }, false],
  [{ synthetic: true }, false],
])('a call %j costs nobody knows what, unless its body was watched: %p', (change, counts) => {
  const { watch } = setUp()
  const usage = { prompt_tokens: 0, completion_tokens: 5 } as never
  watch.takeOutcome(outcomeOf({ usage, model: 'deepseek-flash', ...change }))
  expect(watch.snapshot()?.usage.output).toBe(counts ? 5 : undefined)
})

test('one warning an hour at most is written of an account that is low', () => {
  const { warnings, balance, wait } = setUp()
  balance('5.00')
  expect(warnings).toHaveLength(0)
  for (const ms of [0, 3_599_999, 1]) {
    wait(ms)
    balance('4.00')
  }
  expect(warnings).toHaveLength(2)
})
