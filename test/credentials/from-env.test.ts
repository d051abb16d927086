import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fromEnv } from '../../src/credentials/from-env'
import { kit } from './holder-kit'
import { initial } from './token-requests'

describe('fromEnv', () => {
  const before = process.env.DEEPSEEK_API_KEY
  afterEach(() => {
    if (before === undefined) delete process.env.DEEPSEEK_API_KEY
    else process.env.DEEPSEEK_API_KEY = before
  })

  test('reads process.env at each call', async () => {
    const source = fromEnv()
    process.env.DEEPSEEK_API_KEY = 'sk-one'
    expect(await source.getToken(initial())).toEqual({ token: 'sk-one' })
    process.env.DEEPSEEK_API_KEY = 'sk-two'
    expect(await source.getToken(initial())).toEqual({ token: 'sk-two' })
  })

  test('reads another variable of another environment', async () => {
    const source = fromEnv({ env: { GATEWAY_KEY: 'sk-gateway' }, name: 'GATEWAY_KEY' })
    expect(await source.getToken(initial())).toEqual({ token: 'sk-gateway' })
  })

  test('lets a hot edit cure the next 401, however soon it comes', async () => {
    const env = { DEEPSEEK_API_KEY: 'sk-one' }
    const { holder } = kit(fromEnv({ env }))
    const first = await holder.acquire()
    if (first.kind !== 'token') throw new Error('refused')
    expect(await holder.rejected(first.token)).toMatchObject({ reason: 'unchanged-token' })
    env.DEEPSEEK_API_KEY = 'sk-two'
    const after = await holder.rejected(first.token)
    expect(after.kind === 'replay' && after.token.secret.reveal()).toBe('sk-two')
  })

  test('removes edge whitespace and a byte order mark before the key is used', async () => {
    const { holder } = kit(fromEnv({ env: { DEEPSEEK_API_KEY: '\uFEFFsk-one\r\n' } }))
    expect(await holder.acquire()).toMatchObject({ kind: 'token' })
    expect(holder.peek()?.secret.reveal()).toBe('sk-one')
  })

  test.each([{}, { DEEPSEEK_API_KEY: '' }, { DEEPSEEK_API_KEY: ' ', DEEPSEEK_API_KEY_FILE: '' }])(
    'fails for good while nothing is set: %j',
    (env) => {
      const error = { message: 'DEEPSEEK_API_KEY is not set. Set it to the API key.' }
      expect(() => fromEnv({ env }).getToken(initial())).toThrow(expect.objectContaining(error))
      expect(kit(fromEnv({ env })).holder.acquire()).toMatchObject({ kind: 'refused' })
    },
  )

  test('refuses to choose between a key and a key file', () => {
    const env = { DEEPSEEK_API_KEY: 'sk-one', DEEPSEEK_API_KEY_FILE: '/run/secrets/key' }
    expect(() => fromEnv({ env }).getToken(initial())).toThrow('key-conflict')
  })

  test('reads the key file that the environment names', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'guard-env-'))
    const file = path.join(directory, 'key')
    writeFileSync(file, 'sk-from-file\n')
    const source = fromEnv({ env: { DEEPSEEK_API_KEY_FILE: file } })
    expect(await source.getToken(initial())).toEqual({ token: 'sk-from-file' })
    rmSync(directory, { recursive: true })
  })

  test('never writes into the environment that it is given', async () => {
    const env = Object.freeze({ DEEPSEEK_API_KEY: ' sk-one ' })
    await fromEnv({ env }).getToken(initial())
    expect(env).toEqual({ DEEPSEEK_API_KEY: ' sk-one ' })
  })

  test.each([{ nmae: 'X' }, { name: '' }, { name: 3 }, { env: 'x' }, 'x'])(
    'refuses the options %p',
    (options) => {
      expect(() => fromEnv(options as never)).toThrow(TypeError)
    },
  )
})
