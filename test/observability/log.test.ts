import { Writable } from 'node:stream'
import pino from 'pino'
import type { Clock } from '../../src/clock'
import type { EventFields } from '../../src/observability/events'
import { createGuardLog, type Logger } from '../../src/observability/log'
import { createScrubber } from '../../src/observability/scrub'

const key = 'sk-0123456789abcdef0123456789abcdef'
const refused: EventFields = { cause: 'key-rejected', 'token.id': 'aaaaaaaaaaaa' }

/** A pino logger whose lines can be read, and a clock that only a test moves. */
function setUp(options: { level?: string; logger?: Logger | false } = {}) {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const time = { now: 0 }
  const clock: Clock = { now: () => time.now, elapsed: () => time.now, after: () => () => {} }
  const scrubber = createScrubber()
  scrubber.add(key)
  const logger = options.logger ?? pino({ level: 'info', base: null, timestamp: false }, stream)
  const log = createGuardLog({ logger, level: options.level, scrubber, clock })
  return { log, lines, time }
}

/** Only what the contract asks of a logger. */
function plainLogger(methods: Partial<Logger> = {}): Logger {
  const none = () => {}
  const logger: Logger = {
    child: () => logger,
    debug: none,
    info: none,
    warn: none,
    error: none,
    fatal: none,
    ...methods,
  }
  return logger
}

test('writes one flat object with component, event, fields and message', () => {
  const { log, lines } = setUp()
  log.emit('error', 'auth.rejected', { ...refused, 'http.response.status_code': 401 }, 'Refused.')
  expect(lines).toEqual([
    {
      level: 50,
      component: 'deepseek-guard',
      event: 'auth.rejected',
      cause: 'key-rejected',
      'http.response.status_code': 401,
      'token.id': 'aaaaaaaaaaaa',
      msg: 'Refused.',
    },
  ])
})

test('drops every field that is not on the list', () => {
  const { log, lines } = setUp()
  const extra = { ...refused, headers: { authorization: key }, body: 'prompt' } as EventFields
  log.emit('warn', 'auth.rejected', extra, 'Refused.')
  expect(Object.keys(lines[0]!)).toEqual([
    'level',
    'component',
    'event',
    'cause',
    'token.id',
    'msg',
  ])
})

test('drops a listed field whose value is an object', () => {
  const { log, lines } = setUp()
  const fields = { reason: new Headers({ authorization: key }) } as unknown as EventFields
  log.emit('warn', 'auth.rejected', fields, 'Refused.')
  expect(lines[0]).not.toHaveProperty('reason')
})

test('scrubs secrets from fields and message', () => {
  const { log, lines } = setUp()
  log.emit('warn', 'redirect.blocked', { 'url.path': `/x/${key}` }, `Blocked ${key}.`)
  expect(lines[0]).toMatchObject({ 'url.path': '/x/[secret]', msg: 'Blocked [secret].' })
})

test('cuts a text of boundless length', () => {
  const { log, lines } = setUp()
  log.emit('warn', 'redirect.blocked', { 'url.path': 'x'.repeat(100_000) }, 'Blocked.')
  expect(String(lines[0]!['url.path'])).toHaveLength(1_000)
})

test('writes a refused credential once a minute and counts the rest', () => {
  const { log, lines, time } = setUp()
  for (let i = 0; i < 50; i += 1) log.emit('error', 'auth.rejected', refused, 'Refused.')
  time.now = 60_000
  log.emit('error', 'auth.rejected', refused, 'Refused.')
  expect(lines.map((line) => line.suppressed)).toEqual([undefined, 49])
})

test('writes at once when the cause or the credential changes', () => {
  const { log, lines } = setUp()
  log.emit('error', 'auth.rejected', refused, 'Refused.')
  log.emit('error', 'auth.rejected', { ...refused, cause: 'key-replaced' }, 'Refused.')
  log.emit('error', 'auth.rejected', { ...refused, 'token.id': 'bbbbbbbbbbbb' }, 'Refused.')
  expect(lines).toHaveLength(3)
})

test('writes every change of health until it flaps', () => {
  const { log, lines } = setUp()
  for (let i = 0; i < 100; i += 1) {
    log.emit('warn', 'health.changed', { from: 'pass', to: 'warn', cause: 'service-busy' }, 'Busy.')
    log.emit('info', 'health.changed', { from: 'warn', to: 'pass', cause: null }, 'Well.')
  }
  expect(lines).toHaveLength(20)
})

test('never limits debug lines', () => {
  const { log, lines } = setUp({ level: 'debug' })
  for (let i = 0; i < 5; i += 1) log.emit('debug', 'auth.stale_rejection', refused, 'Late.')
  expect(lines).toHaveLength(5)
})

test('raises a pino logger to the level of the environment for its own lines only', () => {
  const written: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => written.push(line) })
  const { log } = setUp({ logger, level: 'debug' })
  logger.debug('the caller’s own line')
  log.emit('debug', 'auth.stale_rejection', {}, 'Late.')
  expect(written).toHaveLength(1)
})

test('is disabled below the level of the logger', () => {
  const { log } = setUp()
  expect([log.enabled('debug'), log.enabled('info')]).toEqual([false, true])
})

test('does not touch the fields of a line that nobody reads', () => {
  const { log } = setUp()
  const trap = new Proxy({} as EventFields, {
    get: () => {
      throw new Error('read')
    },
  })
  expect(() => log.emit('debug', 'auth.rejected', trap, 'Refused.')).not.toThrow()
})

test('keeps silent when the logger is false', () => {
  const { log } = setUp({ logger: false })
  expect(log.enabled('fatal')).toBe(false)
})

test('a logger without levels gets every line', () => {
  const info = jest.fn()
  const { log } = setUp({ logger: plainLogger({ info }) })
  log.emit('info', 'guard.started', {}, 'Started.')
  expect(info).toHaveBeenCalledWith(
    { component: 'deepseek-guard', event: 'guard.started' },
    'Started.',
  )
})

test('a logger that throws harms nothing', () => {
  const fault = () => {
    throw new Error('disk full')
  }
  const logger = plainLogger({ error: fault, isLevelEnabled: fault, child: fault as never })
  const { log } = setUp({ logger, level: 'info' })
  expect(() => log.emit('error', 'auth.rejected', refused, 'Refused.')).not.toThrow()
  const { log: other } = setUp({ logger: plainLogger({ error: fault }) })
  expect(() => other.emit('error', 'auth.rejected', refused, 'Refused.')).not.toThrow()
})

test('a logger whose promise rejects harms nothing', async () => {
  const unhandled = jest.fn()
  process.on('unhandledRejection', unhandled)
  const error = (async () => Promise.reject(new Error('remote down'))) as never
  const { log } = setUp({ logger: plainLogger({ error }) })
  log.emit('error', 'auth.rejected', refused, 'Refused.')
  await new Promise(setImmediate)
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

describe('without a logger', () => {
  const info = jest.fn()
  const pinoFactory = jest.fn(() => plainLogger({ info }))
  const load = jest.fn(() => ({ pino: pinoFactory }))

  beforeEach(() => {
    jest.resetModules()
    jest.doMock('pino', load)
  })
  afterEach(() => {
    jest.dontMock('pino')
    jest.clearAllMocks()
  })

  const logOf = (level?: string) => {
    const { createGuardLog: create } = require('../../src/observability/log')
    const clock: Clock = { now: () => 0, elapsed: () => 0, after: () => () => {} }
    return create({ logger: undefined, level, scrubber: createScrubber(), clock })
  }

  test('loads pino with the first line that is really written, under our name', () => {
    const log = logOf()
    log.emit('debug', 'auth.stale_rejection', {}, 'Late.')
    expect(load).not.toHaveBeenCalled()
    log.emit('info', 'guard.started', {}, 'Started.')
    log.emit('info', 'guard.closed', {}, 'Closed.')
    expect(pinoFactory.mock.calls).toEqual([[{ name: 'deepseek-guard', level: 'info' }]])
    expect(info).toHaveBeenCalledTimes(2)
  })

  test('follows the level of the environment', () => {
    expect(['debug', 'info', 'warn'].map(logOf('warn').enabled)).toEqual([false, false, true])
    expect(logOf('trace').enabled('debug')).toBe(true)
    expect(logOf('silent').enabled('fatal')).toBe(false)
  })
})
