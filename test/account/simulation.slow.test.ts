import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const MINUTE = 60_000

/** What `simulation.cjs` prints. */
interface Outcome {
  weeks: { name: string; error: number; alarms: number }[]
  strangers: { leakFrom: number; delay: number }[]
  spent: number
  known: { currency: string; amount: number }
}

const output = execFileSync(process.execPath, [join(__dirname, 'simulation.cjs')])
const { weeks, strangers, spent, known }: Outcome = JSON.parse(String(output))

test('every pattern was played', () => {
  expect([weeks.length, strangers.length]).toEqual([24, 5])
})

test.each(weeks)('tells within 10 %% when the money ends: $name', ({ name, error }) => {
  process.stderr.write(`${name}: ${(100 * error).toFixed(1)} %\n`)
  expect(error).toBeLessThanOrEqual(0.1)
})

test.each(weeks)('raises no alarm in a clean week: $name', ({ alarms }) => {
  expect(alarms).toBe(0)
})

test.each(strangers)('notices a stranger within 15 minutes, from day $leakFrom on', ({ delay }) => {
  expect(delay).toBeGreaterThan(0)
  expect(delay).toBeLessThanOrEqual(15 * MINUTE)
})

test('what was spent is right within 1 %', () => {
  expect(known.currency).toBe('USD')
  expect(Math.abs(known.amount / spent - 1)).toBeLessThan(0.01)
})
