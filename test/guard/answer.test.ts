import {
  type AnswerSettings,
  answerHealth,
  answerRequired,
  type HealthRequest,
  isLocal,
  matchEndpoint,
  retryAfterSeconds,
} from '../../src/guard/answer'
import type { Health } from '../../src/health/health-document'

const PATH = '/health/deepseek'
const NOW = Date.parse('2026-11-23T03:00:00.000Z')

const passing: Health = {
  status: 'pass',
  description: 'DeepSeek accepts the credential.',
  phase: 'steady',
  cause: null,
  decision: 'accepted=pass',
  since: '2026-11-23T02:00:00.000Z',
  consecutiveFailures: 0,
  nextProbeAt: '2026-11-23T03:00:12.300Z',
  source: 'active',
  checks: {
    'deepseek:credential': [{ status: 'pass', observedValue: 'accepted', time: '' }],
    'deepseek:traffic': [
      { status: 'pass', observedValue: 0, observedUnit: 'failure ratio', time: '' },
    ],
    'guard:worstCaseDetection': [
      { status: 'pass', observedValue: 21, observedUnit: 's', time: '' },
    ],
  },
  links: { about: 'https://example.test/#health' },
}
const failing: Health = { ...passing, status: 'fail', cause: 'key-rejected' }

const settings: AnswerSettings = {
  details: 'authorized',
  production: true,
  tokenMatches: (candidate) => candidate === 'open-sesame',
  page: () => ({ html: '<!doctype html>', contentSecurityPolicy: "default-src 'none'" }),
}
const stranger: HealthRequest = {
  method: 'GET',
  authorization: undefined,
  accept: undefined,
  local: false,
}

function ask(
  request: Partial<HealthRequest>,
  health = passing,
  change: Partial<AnswerSettings> = {},
) {
  const state = { health, everReady: true, now: NOW }
  return answerHealth('ready', { ...stranger, ...request }, state, { ...settings, ...change })
}

test.each([
  [PATH, 'ready'],
  [`${PATH}?verbose=1`, 'ready'],
  [`${PATH}/live`, 'live'],
  [`${PATH}/startup?x`, 'startup'],
  [`${PATH}/`, undefined],
  [`${PATH}2`, undefined],
  [`${PATH}/live/`, undefined],
  [`/api${PATH}`, undefined],
  ['/', undefined],
  [undefined, undefined],
])('the URL %s names the endpoint %s', (url, endpoint) => {
  expect(matchEndpoint(url, PATH)).toBe(endpoint)
})

test('a stranger learns the status and nothing else', () => {
  expect(ask({}, failing)).toMatchObject({ status: 503, body: '{"status":"fail"}' })
  expect(ask({})).toMatchObject({ status: 200, body: '{"status":"pass"}' })
})

test('a failing health names the seconds to the next probe, rounded up', () => {
  expect(ask({}, failing).headers['retry-after']).toBe('13')
  expect(ask({}).headers['retry-after']).toBeUndefined()
})

test('a next probe that is due or unknown asks for one second of patience', () => {
  expect(retryAfterSeconds({ ...failing, nextProbeAt: '2026-11-23T02:59:00.000Z' }, NOW)).toBe('1')
  expect(retryAfterSeconds({ ...failing, nextProbeAt: null }, NOW)).toBe('1')
  const never = '9999-12-31T23:59:59.999Z'
  expect(retryAfterSeconds({ ...failing, nextProbeAt: never }, NOW)).toBe('3600')
})

test('the right bearer token unlocks the details, a wrong one does not', () => {
  expect(JSON.parse(ask({ authorization: 'Bearer open-sesame' }).body)).toEqual(passing)
  expect(ask({ authorization: 'Bearer sesame' }).body).toBe('{"status":"pass"}')
  expect(ask({ authorization: 'Basic open-sesame' }).body).toBe('{"status":"pass"}')
})

test('a token of several words is one token', () => {
  const words = { tokenMatches: (candidate: string) => candidate === 'open the door' }
  const details = ask({ authorization: 'bearer  open the door ' }, passing, words).body
  expect(JSON.parse(details)).toEqual(passing)
})

test('no token configured means that no token unlocks anything', () => {
  const answer = ask({ authorization: 'Bearer ' }, passing, { tokenMatches: undefined })
  expect(answer.body).toBe('{"status":"pass"}')
})

test('a local client sees details outside production only', () => {
  expect(ask({ local: true }).body).toBe('{"status":"pass"}')
  expect(JSON.parse(ask({ local: true }, passing, { production: false }).body)).toEqual(passing)
})

test('details can be closed for everybody, or open', () => {
  const all = { local: true, authorization: 'Bearer open-sesame' }
  expect(ask(all, passing, { details: 'never', production: false }).body).toBe('{"status":"pass"}')
  expect(JSON.parse(ask({}, passing, { details: 'always' }).body)).toEqual(passing)
})

test('a browser with authority gets the page with its policy', () => {
  const answer = ask({ accept: 'text/html,*/*', authorization: 'Bearer open-sesame' }, failing)
  expect(answer.status).toBe(503)
  expect(answer.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
  })
  expect(ask({ accept: 'text/html' }).headers['content-type']).toBe('application/health+json')
})

test('other methods are refused with the ones that are allowed', () => {
  expect(ask({ method: 'POST' })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
})

test('live is always 200; startup only once the guard was ready', () => {
  const state = { health: failing, everReady: false, now: NOW }
  expect(answerHealth('live', stranger, state, settings).status).toBe(200)
  expect(answerHealth('startup', stranger, state, settings)).toMatchObject({
    status: 503,
    headers: { 'retry-after': '13' },
  })
  expect(answerHealth('startup', stranger, { ...state, everReady: true }, settings).status).toBe(
    200,
  )
})

test('no answer may be stored or sniffed', () => {
  expect(ask({}).headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-type': 'application/health+json',
  })
})

test('a route that needs DeepSeek passes on pass, warn and drain, and answers a problem on fail', () => {
  expect(answerRequired(passing, NOW)).toBeUndefined()
  expect(answerRequired({ ...passing, status: 'warn' }, NOW)).toBeUndefined()
  expect(answerRequired({ ...failing, phase: 'draining' }, NOW)).toBeUndefined()
  expect(answerRequired({ ...failing, cause: 'starting' }, NOW)).toBeUndefined()
  const problem = answerRequired(failing, NOW)
  expect(problem?.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'retry-after': '13',
  })
  expect(JSON.parse(problem?.body ?? '')).toEqual({
    type: failing.links.about,
    title: failing.description,
    status: 503,
    cause: 'key-rejected',
  })
})

test.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])('%s is local', (address) => {
  expect(isLocal(address, { host: 'localhost' })).toBe(true)
})

test.each(['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '', undefined])(
  '%s is not local',
  (address) => {
    expect(isLocal(address, {})).toBe(false)
  },
)

test.each([
  'forwarded',
  'via',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-client-cert',
  'cf-connecting-ip',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'fly-client-ip',
  'fastly-client-ip',
])('the header %s ends locality', (name) => {
  expect(isLocal('127.0.0.1', { host: 'localhost', [name]: 'anything' })).toBe(false)
})

test.each(['accept', 'x-request-id', 'x-forward', 'viable', 'traceparent'])(
  'the header %s does not end locality',
  (name) => {
    expect(isLocal('127.0.0.1', { host: 'localhost', [name]: 'anything' })).toBe(true)
  },
)

test.each(['localhost', 'localhost:3000', 'LOCALHOST', '127.0.0.1:80', '[::1]:3000', '[::1]'])(
  'the host %s is this machine',
  (host) => {
    expect(isLocal('127.0.0.1', { host })).toBe(true)
    expect(isLocal('127.0.0.1', { ':authority': host })).toBe(true)
  },
)

test.each(['app.example.com', 'localhost.evil.example', '10.0.0.1:80', '169.254.169.254', ''])(
  'the host %p is somebody else',
  (host) => {
    expect(isLocal('127.0.0.1', { host })).toBe(false)
    expect(isLocal('127.0.0.1', { ':authority': host })).toBe(false)
  },
)

test('a client of HTTP/1.0, which names no host, is local', () => {
  expect(isLocal('127.0.0.1', {})).toBe(true)
})
