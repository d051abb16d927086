import { createHash } from 'node:crypto'
import { type Cause, causesByGroup } from '../../src/causes/cause'
import { causes } from '../../src/causes/table'
import { contentSecurityPolicy } from '../../src/health/page'
import { pageOf, pastOf, stories } from './page-kit'
import { bad, good, refused } from './state-kit'

const headline = (html: string): string =>
  (/<h1>(.*?)<\/h1>/s.exec(html)?.[1] ?? '').replace(/<[^>]+>/g, '')

test.each([
  ['pass', 'All is well, since'],
  ['outage', 'It is them, since'],
  ['network', 'It is the network, since'],
  ['bad-key', 'It is us, since'],
  ['starting', 'It is too early to tell, since'],
  ['draining', 'It is on purpose, since'],
])('the headline of %s says whose turn it is', (story, words) => {
  expect(headline(pageOf(stories[story]!))).toContain(words)
})

test('the headline says since when, and for how long', () => {
  expect(headline(pageOf(stories.outage!))).toBe(
    'It is them, since 2026-11-23 02:48:04 UTC (12 min): ' +
      'DeepSeek is answering 503 for everyone; this instance stays in rotation.',
  )
})

test('says what Kubernetes is told, and by which rule', () => {
  const html = pageOf(stories.outage!)
  expect(html).toContain('Readiness answers 200: this pod keeps getting traffic')
  expect(html).toContain('<code>service:steady=warn</code>')
  expect(html).toContain('an instance that was ready before answers warn when the cause is in')
  expect(pageOf(stories['bad-key']!)).toContain('Readiness answers 503: this pod gets no traffic')
})

test('says what to do next in the words of the table of causes', () => {
  expect(pageOf(stories.outage!)).toContain(causes['service-busy'].fix.text)
})

test('shows each outcome with time, kind, result and latency in words', () => {
  const html = pageOf(stories.pass!)
  expect(html.match(/<li class="/g)).toHaveLength(60)
  expect(html).toContain('aria-label="02:57:30 UTC, live call: service-busy, 95 ms"')
  expect(html).toContain('class="live bad"')
  expect(html).toContain('class="probe good"')
  expect(html).toContain('class="probe none"')
})

test('shows the next probe and the worst case', () => {
  const html = pageOf(stories.pass!)
  expect(html).toContain('<dt>Next probe</dt><dd>in 14 s</dd>')
  expect(html).toContain('<dt>A fault is noticed within</dt><dd>55 s</dd>')
})

test('can do without a past', () => {
  const html = pageOf([], { outcomes: [], transitions: [], abortedProbes: 0 })
  expect(html).toContain('No evidence yet.')
  expect(html).not.toContain('<svg')
})

test('has a page for every cause, with its fix and its place in the README', () => {
  for (const cause of Object.values(causesByGroup).flat() as Cause[]) {
    const failure = bad(cause, { refreshed: true })
    const html = pageOf([good(), failure, failure, failure])
    expect(html).toContain(`href="${causes[cause].docs}"`)
    expect(headline(html)).toMatch(/^It is .+, since /)
  }
})

test('holds no script, no inline style and no address but the README and the empty icon', () => {
  for (const story of Object.values(stories)) {
    const html = pageOf(story)
    expect(html).not.toMatch(/<script|javascript:|\son\w+=|\sstyle=|@import|url\(/i)
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)
    expect(addresses.filter((address) => address !== 'data:,')).toEqual([
      expect.stringMatching(/^https:\/\/github\.com\/.+#[a-z-]+$/),
    ])
  }
})

test('allows its own style sheet by hash and nothing else', () => {
  const style = /<style>(.*?)<\/style>/s.exec(pageOf([]))?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  expect(contentSecurityPolicy).toContain("default-src 'none'")
  expect(contentSecurityPolicy).toContain(`style-src 'sha256-${hash}'`)
  expect(contentSecurityPolicy).not.toContain('unsafe')
})

test('stays small', () => {
  expect(Buffer.byteLength(pageOf([good(), refused()], pastOf(60)))).toBeLessThan(24 * 1024)
})
