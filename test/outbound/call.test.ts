import type { Clock } from '../../src/clock'
import { Call } from '../../src/outbound/call'
import { type Destination, Endpoint } from '../../src/outbound/destination'

const destination: Destination = {
  origin: 'https://api.deepseek.com',
  scheme: 'https',
  address: 'api.deepseek.com',
  port: 443,
  prefix: 'https://api.deepseek.com/',
}
const models = new Endpoint('https://api.deepseek.com/models', destination)

it('never seems to have begun before a call that ended before it', () => {
  // The wall clock leaves the fraction out: the first call ends at 100.00, the second runs from
  // 100.05 to 101.90.
  let now = 100.05
  const clock: Clock = { now: () => Math.floor(now), elapsed: () => now, after: () => () => {} }
  const endOfTheFirst = clock.now()
  const second = new Call('call', 'GET', models, clock)
  now = 101.9
  expect(second.startedAt).toBeGreaterThanOrEqual(endOfTheFirst)
})
