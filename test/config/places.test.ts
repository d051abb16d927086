import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { checkEnv } from '../../src/config/load-config'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'
let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'places-')))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Writes a file below the root, with its folders. */
function put(name: string, text = `DEEPSEEK_API_KEY=${KEY}\n`): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
  writeFileSync(path.join(root, name), text)
}

/** What is found in a folder below the root. */
function findingIn(folder: string, env: Record<string, string> = {}) {
  mkdirSync(path.join(root, folder), { recursive: true })
  return checkEnv(env, { cwd: path.join(root, folder) }).findings[0]
}

test("a .env in the repository's root is seen from two levels below", () => {
  put('.git/HEAD', '')
  put('.env')
  expect(findingIn('packages/api')).toMatchObject({
    code: 'env-not-loaded',
    title: expect.stringContaining('../../.env'),
    validAfterFix: true,
  })
})

test('a folder above that is no repository is none of our business', () => {
  put('.env')
  expect(findingIn('a/b')).toMatchObject({ code: 'key-missing' })
})

test('the folder where npm was started is looked at', () => {
  put('elsewhere/.env')
  const env = { INIT_CWD: path.join(root, 'elsewhere') }
  expect(findingIn('x/y', env)).toMatchObject({ code: 'env-not-loaded' })
})

test('an .envrc is for direnv to load', () => {
  put('app/.envrc', `export DEEPSEEK_API_KEY=${KEY}\n`)
  expect(findingIn('app')).toMatchObject({
    code: 'env-not-loaded',
    title: expect.stringContaining('.envrc'),
    fix: { command: 'direnv allow' },
  })
})

test('systemd is given the whole path of the file', () => {
  put('app/.env')
  const finding = findingIn('app', { INVOCATION_ID: 'a1' })
  expect(finding?.fix.text).toContain(`EnvironmentFile=${root}/app/.env`)
  expect(finding?.fix.command).not.toContain('node')
})

test('an unquoted # that cut the key is named', () => {
  put('app/.env', `DEEPSEEK_API_KEY=${KEY.slice(0, 20)}#${KEY.slice(20)}\n`)
  const finding = findingIn('app', { DEEPSEEK_API_KEY: KEY.slice(0, 20) })
  expect(finding).toMatchObject({ code: 'key-truncated', severity: 'warning' })
  expect(finding?.evidence.join()).toContain('hash sign (#)')
  expect(finding?.fix.text).toContain('double quotes')
})

test('an unquoted # that makes the file differ from the process is named', () => {
  put('app/.env', `DEEPSEEK_API_KEY=${KEY}#production\n`)
  const finding = findingIn('app', { DEEPSEEK_API_KEY: 'sk-0f1e2d3c4b5a69780f1e2d3c4b5a6978' })
  expect(finding).toMatchObject({ code: 'env-shadowed' })
  expect(finding?.evidence.join()).toContain('hash sign (#)')
})

test.each(['/run/secrets/deepseek', 'C:\\secrets\\deepseek.txt', './key.txt'])(
  'the key file %s is called by its name',
  (name) => {
    expect(findingIn('app', { DEEPSEEK_API_KEY_FILE: name })?.title).toContain(name)
  },
)

test.each([`/run/secrets/${KEY}`, KEY, 'xkcdqwrtpsdfghjk', `"${KEY}"`])(
  'a path that may hold a secret is not repeated',
  (name) => {
    const text = JSON.stringify(findingIn('app', { DEEPSEEK_API_KEY_FILE: name }))
    expect(text).not.toContain(name.replace(/\W/g, '').slice(-10))
  },
)

test('checkEnv({ env }) is answered with the right call', () => {
  expect(() => checkEnv({ env: { DEEPSEEK_API_KEY: KEY } } as never)).toThrow(
    new TypeError(
      'checkEnv takes the environment itself: write checkEnv(env), not checkEnv({ env }).',
    ),
  )
})

test('what was put on Object.prototype is no variable and no option', () => {
  const polluted: [string, unknown][] = [
    ['DEEPSEEK_BASE_URL', 'https://evil.example'],
    ['DEEPSEEK_GUARD_ORIGINS', 'https://evil.example'],
    ['DEEPSEEK_GUARD', 'off'],
    ['baseURL', 'https://evil.example'],
    ['credential', () => 'sk-evil'],
    ['outbound', { origins: ['https://evil.example'] }],
  ]
  for (const [name, value] of polluted) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true })
    try {
      const { config, findings } = checkEnv({ DEEPSEEK_API_KEY: KEY }, { cwd: root })
      expect([config?.baseURL, config?.keyOrigin, findings]).toEqual([
        'https://api.deepseek.com',
        'DEEPSEEK_API_KEY',
        [],
      ])
    } finally {
      delete (Object.prototype as Record<string, unknown>)[name]
    }
  }
})

test.each(['s3cr3t-\u200btoken', 'tøken', 'a\nb'])(
  'a health token that no header can carry is refused: %j',
  (token) => {
    const env = { DEEPSEEK_API_KEY: KEY, DEEPSEEK_GUARD_HEALTH_TOKEN: token }
    expect(findingIn('app', env)).toMatchObject({
      code: 'option-invalid',
      variable: 'DEEPSEEK_GUARD_HEALTH_TOKEN',
    })
  },
)

test.each([KEY, 'a8Fq2kd93mfPq82ndk3Zq81mNb', 'sk-proj-x7Q2kd93mfPq82ndk3'])(
  'a key pasted as the name of a model is refused and not repeated',
  (model) => {
    const finding = findingIn('app', { DEEPSEEK_API_KEY: KEY, DEEPSEEK_MODEL: model })
    expect(finding).toMatchObject({ code: 'option-invalid', variable: 'DEEPSEEK_MODEL' })
    expect(JSON.stringify(finding)).not.toContain(model.slice(-10))
  },
)
