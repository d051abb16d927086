import { Account } from '../../src/account/account'
import { FleetUsage } from '../../src/account/fleet-usage'
import { deepseekPrices } from '../../src/provider/prices'
import { GuardedStore } from '../../src/store/guarded-store'
import { memoryStore } from '../../src/store/memory-store'
import { fakeClock } from '../store/fake-clock'

const silence = { enabled: () => false, emit() {} }
/** A Saturday: no peak. */
const NOW = Date.parse('2026-11-07T10:00:00Z')
const rules = { lowBalance: {}, warnHours: 24, exclusive: false, prices: deepseekPrices }

function setUp() {
  const clock = fakeClock()
  const store = memoryStore(clock)
  return (owner: string) => {
    const account = new Account(rules)
    const guarded = new GuardedStore(store, { clock, log: silence })
    const usage = new FleetUsage(account, { store: guarded, name: 'account', owner })
    const call = (tokens: number, model = 'deepseek-flash') => {
      const used = { prompt_tokens: 0, completion_tokens: tokens }
      account.takeCall({ model, usage: used as never, startedAt: NOW, endedAt: NOW }, 0)
      usage.count(NOW)
    }
    return { usage, call, snapshot: () => account.snapshot(NOW) }
  }
}

test('two processes know what both have used and spent', async () => {
  const join = setUp()
  const [a, b] = [join('a'), join('b')]
  a.call(1_000_000)
  b.call(2_000_000)
  await a.usage.flush(NOW)
  await b.usage.flush(NOW)
  await a.usage.flush(NOW)
  for (const each of [a, b]) {
    expect(each.snapshot()).toMatchObject({
      usage: { output: 3_000_000 },
      spent: { currency: 'USD', amount: 1.8 },
    })
  }
})

test('own calls count at once, and once', async () => {
  const a = setUp()('a')
  await a.usage.flush(NOW)
  a.call(1_000_000)
  expect(a.snapshot()?.usage.output).toBe(1_000_000)
  a.call(1_000_000)
  await a.usage.flush(NOW)
  await a.usage.flush(NOW)
  expect(a.snapshot()).toMatchObject({ usage: { output: 2_000_000 }, spent: { amount: 1.2 } })
})

test('before the store has answered, own sums stand', () => {
  const a = setUp()('a')
  a.call(1_000_000)
  expect(a.snapshot()).toMatchObject({ usage: { output: 1_000_000 }, spent: { amount: 0.6 } })
})

test('a call without a price in one process leaves nobody knowing what was spent', async () => {
  const join = setUp()
  const [a, b] = [join('a'), join('b')]
  a.call(1_000_000)
  b.call(1_000_000, 'mine')
  await b.usage.flush(NOW)
  await a.usage.flush(NOW)
  expect(a.snapshot()?.usage.output).toBe(2_000_000)
  expect(a.snapshot()).not.toHaveProperty('spent')
})

test('a process that has used nothing yet knows of a fleet that did', async () => {
  const join = setUp()
  const [a, b] = [join('a'), join('b')]
  expect(b.snapshot()).toBeUndefined()
  await b.usage.flush(NOW)
  expect(b.snapshot()).toBeUndefined()
  a.call(500)
  await a.usage.flush(NOW)
  await b.usage.flush(NOW)
  expect(b.snapshot()).toMatchObject({ usage: { output: 500 }, balances: [] })
})
