import type { AccountFacts } from '../../src/account/watch'
import { type Health, renderHealth } from '../../src/health/health-document'
import type { HealthHistory, PastOutcome } from '../../src/health/history'
import { renderPage } from '../../src/health/page'
import { bad, good, play } from './state-kit'

const T0 = Date.parse('2026-11-23T03:00:00.000Z')
const noHistory: HealthHistory = { outcomes: [], transitions: [], abortedProbes: 0 }
const settings = { staleAfterMs: 300_000, worstCaseDetectionMs: 54_600 }

/** A document of an instance that probed well once, with changes. */
function healthOf(changes: Partial<Health> = {}, checks: Partial<Health['checks']> = {}): Health {
  const state = play([good()], undefined, undefined, T0 - 1_000)
  const view = { state, nextProbeAt: null, traffic: undefined, streams: undefined, epoch: 0 }
  const health = renderHealth(view, settings, T0)
  return { ...health, ...changes, checks: { ...health.checks, ...checks } }
}

const pageOf = (health: Health, history: Partial<HealthHistory> = {}, account?: AccountFacts) =>
  renderPage(health, { ...noHistory, ...history }, account)

/** What stands beside a name among the facts. */
function fact(html: string, name: string): string | undefined {
  const pairs = [...html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)]
  return pairs.find(([, each]) => each === name)?.[2]
}

const at = (seconds: number) => new Date(T0 + seconds * 1_000).toISOString()
const observed = <T>(observedValue: T) => [{ status: 'pass', observedValue, time: at(0) }] as never

test.each([
  [null, 'none'],
  [at(-5), 'in 0 s'],
  [at(0), 'in 0 s'],
  [at(119), 'in 119 s'],
  [at(119.4), 'in 119 s'],
  [at(119.5), 'in 2 min'],
  [at(120), 'in 2 min'],
  [at(150), 'in 3 min'],
  [at(119 * 60), 'in 119 min'],
  [at(120 * 60), 'in 2 h'],
  [at(150 * 60), 'in 3 h'],
])('with the next probe at %s the page says %s', (nextProbeAt, words) => {
  expect(fact(pageOf(healthOf({ nextProbeAt })), 'Next probe')).toBe(words)
})

test.each<[string, keyof Health['checks'], unknown, string]>([
  ['Balance', 'deepseek:balance', undefined, 'not asked'],
  ['Balance', 'deepseek:balance', observed(true), 'available'],
  ['Balance', 'deepseek:balance', observed(false), 'exhausted'],
  ['Last probe took', 'deepseek:responseTime', undefined, 'no answer yet'],
  ['Last probe took', 'deepseek:responseTime', observed(0), '0 ms'],
  ['Last probe took', 'deepseek:responseTime', observed(41), '41 ms'],
  ['Live calls failed, 5 min', 'deepseek:traffic', undefined, 'none yet'],
  ['Live calls failed, 5 min', 'deepseek:traffic', observed(0.123), '12.3 %'],
  ['Streams broken off, 5 min', 'deepseek:streams', undefined, 'none yet'],
  ['Streams broken off, 5 min', 'deepseek:streams', observed(1), '100.0 %'],
  ['Credential', 'deepseek:credential', observed('rejected'), 'rejected'],
])('%s by %s %j reads %s', (name, key, value, words) => {
  expect(fact(pageOf(healthOf({}, { [key]: value })), name)).toBe(words)
})

test.each([
  ['active', 'probe, 7 s old'],
  ['passive', 'live call, 7 s old'],
  ['shared', 'another process&#39;s probe, 7 s old'],
] as const)('evidence of source %s is told as %s', (source, words) => {
  const html = pageOf(healthOf({ source }, { 'guard:evidenceAge': observed(7) }))
  expect(fact(html, 'Newest evidence')).toBe(words)
})

test('without evidence there is none to tell the age of', () => {
  const { 'guard:evidenceAge': _age, ...checks } = healthOf().checks
  expect(fact(pageOf({ ...healthOf(), checks }), 'Newest evidence')).toBe('none')
})

test('without evidence the page is as of the last change', () => {
  const { 'guard:evidenceAge': _age, ...checks } = healthOf().checks
  const html = pageOf({ ...healthOf({ since: at(-60) }), checks })
  expect(html).toContain('As of <time datetime="2026-11-23T02:59:00.000Z">')
})

test('tells failures in a row and the health requests that were given up', () => {
  const html = pageOf(healthOf({ consecutiveFailures: 4 }), { abortedProbes: 3 })
  expect(fact(html, 'Failures in a row')).toBe('4')
  expect(fact(html, 'Health requests given up')).toBe('3')
})

describe('the account', () => {
  const account: AccountFacts = { peak: false, low: false, at: T0 }

  test('is left out while nothing is known of it', () => {
    expect(fact(pageOf(healthOf()), 'Balance lasts')).toBeUndefined()
  })

  test('tells what is known', () => {
    const known = { ...account, cacheHitRatio: 0.5, peak: true }
    const html = pageOf(healthOf({}, { 'deepseek:runway': observed(9.5) }), {}, known)
    expect(fact(html, 'Balance lasts')).toBe('9.5 h')
    expect(fact(html, 'Input from the cache')).toBe('50.0 %')
    expect(fact(html, 'Prices')).toBe('at their peak')
  })

  test('tells what is not known', () => {
    const html = pageOf(healthOf(), {}, account)
    expect(fact(html, 'Balance lasts')).toBe('not known yet')
    expect(fact(html, 'Input from the cache')).toBe('none yet')
    expect(fact(html, 'Prices')).toBe('off-peak')
  })
})

const outcome = (changes: Partial<PastOutcome> = {}): PastOutcome => ({
  at: T0,
  source: 'active',
  outcome: 'success',
  cause: null,
  durationMs: 41.4,
  ...changes,
})

test.each<[Partial<PastOutcome>, string]>([
  [{}, '03:00:00 UTC, probe: accepted, 41 ms'],
  [{ outcome: 'ignored' }, '03:00:00 UTC, probe: no evidence, process blocked, 41 ms'],
  [{ outcome: 'failure', cause: 'service-busy' }, '03:00:00 UTC, probe: service-busy, 41 ms'],
  [{ source: 'passive', count: 1 }, '03:00:00 UTC, live call: accepted, 41 ms'],
  [{ source: 'passive', count: 2 }, '03:00:00 UTC, 2 live calls: accepted, 41 ms'],
])('an outcome %j is one mark with the words %s', (changes, words) => {
  const html = pageOf(healthOf(), { outcomes: [outcome(changes)] })
  expect(html).toContain(`aria-label="${words}"`)
  expect(html).not.toContain('No evidence yet.')
})

describe('the latency of probes', () => {
  const latency = (outcomes: PastOutcome[]) =>
    /<h2>Probe latency.*?<\/section>/s.exec(pageOf(healthOf(), { outcomes }))?.[0]
  const took = (...values: number[]) => values.map((durationMs) => outcome({ durationMs }))

  test('is a line from two good probes on', () => {
    expect(latency([])).toBeUndefined()
    expect(latency(took(40))).toBeUndefined()
    expect(latency(took(40, 80))).toContain('points="0.0,21.0 100.0,2.0"')
  })

  test('counts neither live calls nor what failed', () => {
    const others = [outcome({ source: 'passive' }), outcome({ outcome: 'failure' })]
    expect(latency([...took(40), ...others])).toBeUndefined()
    expect(latency([...others, ...took(40, 80)])).toContain('last 2 good probes')
  })

  test('tells median, longest and last', () => {
    const text = latency(took(90, 10, 50, 20, 30))
    expect(text).toContain('Median 30 ms, longest 90 ms,\nlast 30 ms.')
    expect(text).toContain('points="0.0,2.0 25.0,35.8 50.0,18.9 75.0,31.6 100.0,27.3"')
  })

  test('of no time at all is a line at the bottom', () => {
    expect(latency(took(0, 0))).toContain('points="0.0,40.0 100.0,40.0"')
  })
})

describe('transitions', () => {
  const change = (seconds: number, cause: 'service-busy' | null) =>
    ({
      at: T0 + seconds,
      from: 'pass',
      to: 'warn',
      cause,
      decision: 'service:steady=warn',
    }) as const

  test('are none at first', () => {
    expect(pageOf(healthOf())).toContain('newest first</h2><p>None yet.</p>')
  })

  test('one entry is a table already', () => {
    const html = pageOf(healthOf(), { transitions: [change(0, 'service-busy')] })
    expect(html).not.toContain('None yet.')
    expect(html).toContain('✓ pass → <b class="warn">! warn</b></td><td>service-busy</td>')
  })

  test('without a cause show a dash, and the newest comes first', () => {
    const html = pageOf(healthOf(), { transitions: [change(0, 'service-busy'), change(9, null)] })
    expect(html).toMatch(/<tbody>.*<td>–<\/td>.*<td>service-busy<\/td>/s)
  })
})

test('the advice links to health and policy while nothing is wrong, else to the cause', () => {
  const about = /<a href="[^"]*">(.*?)<\/a>/
  expect(about.exec(pageOf(healthOf()))?.[1]).toBe('About health and policy')
  const { cause } = play([
    good(),
    bad('service-busy'),
    bad('service-busy'),
    bad('service-busy'),
  ]).judgement
  expect(about.exec(pageOf(healthOf({ cause })))?.[1]).toBe('About <code>service-busy</code>')
})

test('a command to run stands in a block of its own', () => {
  expect(pageOf(healthOf({ cause: 'key-missing' }))).toContain('<pre>export DEEPSEEK_API_KEY=')
  expect(pageOf(healthOf())).not.toContain('<pre>')
})

test('a drain is told as one: on purpose, by which rule, and that nothing is to be done', () => {
  const view = { nextProbeAt: null, traffic: undefined, streams: undefined, epoch: 0 }
  const state = play([good(), { type: 'drain' }])
  const html = pageOf(renderHealth({ ...view, state }, settings, 9_000))
  expect(html).toContain('It is on purpose, since')
  expect(html).toContain('answers fail once the application called drain().')
  expect(html).toContain('Nothing: the process is about to end.')
})

test.each([
  ['stale:steady=warn', 'was ready before answers warn when its evidence is too old.'],
  ['starting:startup=fail', 'was never ready answers fail until DeepSeek was asked.'],
  ['accepted:steady=pass', 'was ready before answers pass when DeepSeek accepts its credential.'],
  ['network:startup=warn', 'answers warn when the cause is in the group network.'],
])('the rule %s is read aloud', (decision, words) => {
  expect(pageOf(healthOf({ decision }))).toContain(words)
})

test('evidence that is too old is told as that, whatever it said', () => {
  const html = pageOf(healthOf({ decision: 'stale:steady=warn', cause: 'service-busy' }))
  expect(html).toContain('It is unknown, since')
  expect(html).toContain('Look whether this process is blocked')
})

test('before the first probe there is nothing to do but wait', () => {
  expect(pageOf(healthOf({ cause: 'starting' }))).toContain('<p>Wait for the first probe.</p>')
  expect(pageOf(healthOf())).toContain('<p>Nothing.</p>')
})
