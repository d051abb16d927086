import { Writable } from 'node:stream'
import pino from 'pino'
import type { Clock } from '../../src/clock'
import { type EventFields, isLogger } from '../../src/observability/events'
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

test('leaves no line break, control or invisible character in a line', () => {
  const { log, lines } = setUp()
  const hostile = 'no\r\n2026-11-28 INFO ok\u2028x\x1b[2J\x1b]0;pwn\x07\u202eabc\u200b\ud800!'
  log.emit('warn', 'redirect.blocked', { reason: hostile, 'url.path': '/a\n/b' }, hostile)
  const { reason, msg, 'url.path': path } = lines[0]!
  expect(path).toBe('/a /b')
  for (const text of [reason, msg]) {
    expect(text).toBe('no 2026-11-28 INFO ok x [2J ]0;pwn abc !')
  }
})

test('hides what looks like a key of anybody', () => {
  const { log, lines } = setUp()
  const foreign = 'sk-proj-0123456789abcdefABCDEF'
  log.emit('warn', 'auth.refresh_failed', { 'error.type': foreign }, `Vault said ${foreign}.`)
  expect(lines[0]).toMatchObject({ 'error.type': '[secret]', msg: 'Vault said [secret].' })
})

test('a low balance is one line an hour, two findings of one code are two lines', () => {
  const { log, lines, time } = setUp()
  for (time.now = 0; time.now < 7_200_000; time.now += 600_000) {
    log.emit('warn', 'account.low', { cause: 'balance-low' }, 'Low.')
  }
  expect(lines).toHaveLength(2)
  for (const fix of ['Repair A.', 'Repair B.', 'Repair B.']) {
    log.emit('warn', 'guard.config_invalid', { cause: 'option-invalid', fix }, 'Invalid.')
  }
  expect(lines).toHaveLength(4)
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

describe('a logger of any common shape', () => {
  test('falls to the next lower level where one is missing', () => {
    const calls: string[] = []
    const write = (level: string) => (_line: object, message?: string) => {
      calls.push(`${level}: ${message}`)
    }
    const logger = { info: write('info'), warn: write('warn'), error: write('error') }
    const { log } = setUp({ logger })
    log.emit('fatal', 'guard.config_invalid', {}, 'Fatal.')
    log.emit('error', 'auth.rejected', {}, 'Error.')
    log.emit('debug', 'auth.stale_rejection', {}, 'Debug.')
    expect(calls).toEqual(['error: Fatal.', 'error: Error.'])
    expect(log.enabled('debug')).toBe(false)
  })

  test('is the console', () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue()
    setUp({ logger: console }).log.emit('warn', 'redirect.blocked', {}, 'Blocked.')
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ event: expect.any(String) }),
      'Blocked.',
    )
    warn.mockRestore()
  })

  test('is winston, which takes the message as part of one object', () => {
    const error = jest.fn()
    const winston = { ...plainLogger(), fatal: undefined, error, levels: {}, transports: [] }
    const isLevelEnabled = (level: string) => level === 'error'
    const { log } = setUp({ logger: { ...winston, isLevelEnabled } as Logger })
    log.emit('fatal', 'guard.config_invalid', {}, 'Fatal.')
    expect(error).toHaveBeenCalledWith({
      message: 'Fatal.',
      component: 'deepseek-guard',
      event: 'guard.config_invalid',
    })
  })

  test.each([[{}], [{ info() {}, warn() {} }], [null], ['console'], [() => {}]])(
    'is not %p',
    (value) => {
      expect(isLogger(value)).toBe(false)
    },
  )
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
