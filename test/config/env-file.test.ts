import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { decodeText, parseEnvText } from '../../src/config/env-files'
import { checkEnv } from '../../src/config/load-config'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'
const OTHER = 'sk-56284f1d3a7b9c0e62f58d17a0c9e3b4'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'env-file-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

function textFor(text: string): string | undefined {
  return parseEnvText(text).get('K')?.value
}

test.each([
  ['K=v', 'v'],
  ['K = v ', 'v'],
  ['export K=v', 'v'],
  ['  K=v', 'v'],
  ['K: v', 'v'],
  ['K="v w"', 'v w'],
  ["K='v'", 'v'],
  ['K=`v`', 'v'],
  ['K=v # note', 'v'],
  ['K="v" # note', 'v'],
  ['K="v # no note"', 'v # no note'],
  ['K=v#w', 'v'],
  ['K="a\\nb"', 'a\nb'],
  ["K='a\\nb'", 'a\\nb'],
  ['K="a\nb"\nL=1', 'a\nb'],
  ['K="open', '"open'],
  ['K=\nL=1', ''],
  ['K=a\nK=b', 'b'],
  ['A=1\r\nK=v\r\nB=2', 'v'],
  ['A=1\rK=v', 'v'],
  ['# K=v', undefined],
  ['X="\nK=v\n"', undefined],
  ['no definition', undefined],
])('%j gives %j', (text, value) => {
  expect(textFor(text)).toBe(value)
})

test.each([
  ['UTF-8', Buffer.from('K=v'), undefined],
  ['UTF-8 with a mark', Buffer.from('\ufeffK=v'), 'UTF-8 with a byte order mark'],
  ['UTF-16', Buffer.from('\ufeffK=v', 'utf16le'), 'UTF-16'],
  ['UTF-16 the other way round', Buffer.from('\ufeffK=v', 'utf16le').swap16(), 'UTF-16'],
  ['UTF-16 without a mark', Buffer.from('K=vv', 'utf16le'), 'UTF-16'],
])('%s is decoded', (_, bytes, encoding) => {
  const decoded = decodeText(bytes)
  expect([textFor(decoded.text)?.[0], decoded.encoding]).toEqual(['v', encoding])
})

test('any bytes are decoded and parsed in bounded time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
      parseEnvText(decodeText(Buffer.from(bytes)).text)
    }),
  )
  const start = performance.now()
  parseEnvText('K="\n'.repeat(16000))
  expect(performance.now() - start).toBeLessThan(2000)
})

function firstOf(env: Record<string, string> = {}) {
  return checkEnv(env, { cwd }).findings[0]
}

test.each([
  ['.env', {}],
  ['.env.local', {}],
  ['.env.production', { NODE_ENV: 'production' }],
  ['.env.production', {}],
  ['.env.development.local', { NODE_ENV: 'development' }],
])('%s with a key that nobody loaded is named (%j)', (name, env) => {
  writeFileSync(path.join(cwd, name), `export DEEPSEEK_API_KEY='${KEY}'\n`)
  const finding = firstOf(env)
  expect(finding).toMatchObject({ code: 'env-not-loaded', severity: 'error', validAfterFix: true })
  expect(finding?.title).toContain(name)
})

test.each(['utf16le', 'utf8'] as const)(
  'a file in %s with a mark is read nevertheless',
  (encoding) => {
    writeFileSync(path.join(cwd, '.env'), Buffer.from(`\ufeffDEEPSEEK_API_KEY=${KEY}\n`, encoding))
    const finding = firstOf()
    expect(finding?.code).toBe('env-not-loaded')
    expect(finding?.evidence.join()).toMatch(/UTF-16|byte order mark/)
  },
)

test('a file in the parent folder is found', () => {
  const below = path.join(cwd, 'dist')
  mkdirSync(below)
  writeFileSync(path.join(cwd, '.env'), `DEEPSEEK_API_KEY=${KEY}\n`)
  const finding = checkEnv({}, { cwd: below }).findings[0]
  expect(finding?.title).toContain(path.join('..', '.env'))
})

test('a file that names the key file counts, too', () => {
  writeFileSync(path.join(cwd, '.env'), 'DEEPSEEK_API_KEY_FILE=/run/secrets/key\n')
  expect(firstOf()).toMatchObject({ code: 'env-not-loaded', variable: 'DEEPSEEK_API_KEY_FILE' })
})

test('a misspelt name in a file is a misspelling', () => {
  writeFileSync(path.join(cwd, '.env'), `DEEPSEEK_APIKEY=${KEY}\n`)
  expect(firstOf()).toMatchObject({ code: 'key-misnamed', origin: 'env-file' })
})

test.each([
  `# DEEPSEEK_API_KEY=${KEY}`,
  'DEEPSEEK_API_KEY=',
  `NOTE="\nDEEPSEEK_API_KEY=${KEY}\n"`,
  `OTHER=DEEPSEEK_API_KEY=${KEY}`,
])('%j defines no key', (text) => {
  writeFileSync(path.join(cwd, '.env'), `${text}\n`)
  expect(firstOf()?.code).toBe('key-missing')
})

test('a value in the file that is no key either is said so', () => {
  writeFileSync(path.join(cwd, '.env'), 'DEEPSEEK_API_KEY=your_key_here\n')
  expect(firstOf()).toMatchObject({ code: 'env-not-loaded', validAfterFix: false })
})

test('an exported empty value hides the entry', () => {
  writeFileSync(path.join(cwd, '.env'), `DEEPSEEK_API_KEY=${KEY}\n`)
  expect(firstOf({ DEEPSEEK_API_KEY: '' })).toMatchObject({
    code: 'env-shadowed',
    severity: 'error',
  })
})

test('another key in the file is a warning', () => {
  writeFileSync(path.join(cwd, '.env'), `DEEPSEEK_API_KEY=${OTHER}\n`)
  expect(firstOf({ DEEPSEEK_API_KEY: KEY })).toMatchObject({
    code: 'env-shadowed',
    severity: 'warning',
  })
})

test.each([
  ['the same key', { '.env': `DEEPSEEK_API_KEY="${KEY}"` }],
  [
    'the same key in one of two files',
    { '.env': `DEEPSEEK_API_KEY=${OTHER}`, '.env.local': `DEEPSEEK_API_KEY=${KEY}` },
  ],
  ['sample text', { '.env': 'DEEPSEEK_API_KEY=your_key_here' }],
])('%s in the file is nothing to say', (_, files) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(cwd, name), text)
  expect(checkEnv({ DEEPSEEK_API_KEY: KEY }, { cwd }).findings).toEqual([])
})

test.each(['.env.example', '.env.sample', '.env.dist'])(
  'the very text of %s is a placeholder, whatever it looks like',
  (name) => {
    writeFileSync(path.join(cwd, name), `DEEPSEEK_API_KEY=${KEY}\n`)
    const finding = firstOf({ DEEPSEEK_API_KEY: KEY })
    expect(finding).toMatchObject({ code: 'key-placeholder', severity: 'error' })
    expect(finding?.evidence.join()).toContain(name)
  },
)

test('quotes that a loader kept are told from quotes that somebody typed', () => {
  writeFileSync(path.join(cwd, '.env'), `DEEPSEEK_API_KEY="${KEY}"\n`)
  expect(firstOf({ DEEPSEEK_API_KEY: `"${KEY}"` })).toMatchObject({
    code: 'key-quoted',
    origin: 'env-file',
  })
})

describe('a base URL in the file', () => {
  const URL_IN_FILE = 'DEEPSEEK_BASE_URL=https://gateway.example.com/v1\n'
  const codesFor = (value: string | undefined, text = URL_IN_FILE) => {
    writeFileSync(path.join(cwd, '.env'), text)
    const env = { DEEPSEEK_API_KEY: KEY, ...(value !== undefined && { DEEPSEEK_BASE_URL: value }) }
    return checkEnv(env, { cwd }).findings.map(({ code, severity }) => `${code} ${severity}`)
  }

  test('is hidden by an exported empty value', () => {
    expect(codesFor('')).toEqual(['env-shadowed error'])
  })

  test('is outranked by another one', () => {
    expect(codesFor('https://other.example.com')).toEqual(['env-shadowed warning'])
  })

  test.each([
    ['the same', 'https://gateway.example.com/v1/', URL_IN_FILE],
    ['unset', undefined, URL_IN_FILE],
    ['empty, and the file only says the default', '', 'DEEPSEEK_BASE_URL=https://api.deepseek.com'],
    ['empty, and the file says nothing usable', '', 'DEEPSEEK_BASE_URL=nonsense'],
  ])('is nothing to say when the process has it %s', (_, value, text) => {
    expect(codesFor(value, text)).toEqual([])
  })
})
