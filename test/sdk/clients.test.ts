import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** A status, or the cause and the confidence of what was thrown. */
type Outcomes = Record<string, Record<string, number | string>>

let outcomes: Outcomes & { warned?: string[]; warnedAfterClose?: number }

beforeAll(() => {
  const script = join(__dirname, 'clients.mjs')
  outcomes = JSON.parse(String(execFileSync(process.execPath, [script])))
})

const clients = ['axios with the fetch adapter', 'axios', 'got', 'undici.request']

test.each(clients)('%s calls with the live credential', (name) => {
  expect(outcomes[name]?.answered).toBe(200)
})

test.each(clients)('the 401 that %s throws is explained for certain', (name) => {
  expect(outcomes[name]?.refused).toBe('key-rejected, certain')
})

test.each(clients)('%s: nobody listens', (name) => {
  expect(outcomes[name]?.unreachable).toBe('network-unreachable, likely')
})

test.each(clients)('%s: its own timeout is no fault of the network', (name) => {
  expect(outcomes[name]?.late).toMatch(/^timed-out/)
})

test.each(['axios', 'got'])('%s without headersFor sends no credential', (name) => {
  expect(outcomes[name]?.bare).toBe('credential-not-attached, certain')
})

test.each(['axios', 'got', 'undici.request'])('%s with the placeholder is told so', (name) => {
  expect(outcomes[name]?.placeholder).toBe('credential-not-attached, certain')
})

test.each(['openai without fetch', 'openai elsewhere', 'openai elsewhere, again'])(
  '%s: the placeholder was sent',
  (name) => {
    expect(outcomes[name]).toBe('credential-not-attached, certain')
  },
)

test('each address that got the placeholder is warned of once, until the guard is closed', () => {
  expect(outcomes.warned).toEqual(['the base URL', 'elsewhere'])
  expect(outcomes.warnedAfterClose).toBe(0)
})
