import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { readSmallFile } from '../../src/config/env-files'
import { checkEnv, loadConfig } from '../../src/config/load-config'
import { testIf } from '../test-if'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'

let cwd: string
let file: string
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'key-file-'))
  file = path.join(cwd, 'key')
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

function check(named = file) {
  return checkEnv({ DEEPSEEK_API_KEY_FILE: named }, { cwd })
}

function write(content: string | Buffer, mode = 0o600): void {
  writeFileSync(file, content)
  chmodSync(file, mode)
}

test.each([
  ['nothing', () => {}, 'ENOENT'],
  ['a directory', () => mkdirSync(file), 'EISDIR'],
  ['a pipe that nobody writes to', () => execFileSync('mkfifo', [file]), 'ENXIO'],
  ['a circle of links', () => symlinkSync(file, file), 'ELOOP'],
  ['a dangling link', () => symlinkSync(path.join(cwd, 'gone'), file), 'ENOENT'],
  ['a file of 64 KiB and a byte', () => write('x'.repeat(65537)), 'EFBIG'],
  ['a device', () => symlinkSync('/dev/zero', file), 'ENXIO'],
] as const)('%s at the path is an error, told in bounded time', (_, make, code) => {
  make()
  const start = performance.now()
  const { findings } = check()
  expect(performance.now() - start).toBeLessThan(2000)
  expect(findings).toMatchObject([
    { code: 'key-file-unreadable', severity: 'error', variable: 'DEEPSEEK_API_KEY_FILE' },
  ])
  expect(findings[0]?.evidence).toContain(code)
})

test('a socket at the path is an error', async () => {
  const server = net.createServer().listen(file)
  await new Promise((resolve) => server.once('listening', resolve))
  expect(readSmallFile(file)).toMatchObject({ ok: false, code: 'ENXIO' })
  await new Promise((resolve) => server.close(resolve))
})

const unprivileged = testIf(process.getuid?.() !== 0, 'root may read every file')

unprivileged('a file that this user may not read is an error', () => {
  write(KEY, 0o000)
  expect(check().findings[0]?.evidence).toContain('EACCES')
})

test.each([
  ['a path with a zero byte', 'a\0b'],
  ['an endless path', 'x/'.repeat(5000)],
])('%s is an error, not an exception', (_, named) => {
  expect(check(named).findings[0]?.code).toBe('key-file-unreadable')
})

test.each(['', ' \n\n\t', '\ufeff'])('a file that holds only %j has no key', (content) => {
  write(content)
  expect(check().findings).toMatchObject([{ code: 'key-file-unreadable', severity: 'error' }])
})

test.each([KEY, `${KEY}\n`, `${KEY}\r\n`, `${KEY}\n\n`])('%j is read without a word', (content) => {
  write(content)
  const { ok, findings } = check()
  expect([ok, findings]).toEqual([true, []])
})

test('the largest file that is read is 64 KiB', () => {
  write('x'.repeat(65536))
  expect(check().findings[0]?.code).not.toBe('key-file-unreadable')
})

test.each([
  [` ${KEY}`, 'key-whitespace', 'warning'],
  [`\ufeff${KEY}`, 'key-whitespace', 'warning'],
  [`"${KEY}"\n`, 'key-quoted', 'error'],
  [`DEEPSEEK_API_KEY=${KEY}\n`, 'key-prefixed', 'error'],
  [`${KEY}\n${KEY}\n`, 'key-repeated', 'error'],
  ['your_api_key_here', 'key-placeholder', 'error'],
])('the content %j is judged like a variable', (content, code, severity) => {
  write(content)
  expect(check().findings).toMatchObject([{ code, severity, origin: 'file' }])
})

test('a key in UTF-16, as PowerShell writes it, is named', () => {
  write(Buffer.from(`\ufeff${KEY}\r\n`, 'utf16le'))
  expect(check().findings).toMatchObject([{ code: 'key-encoded', severity: 'error' }])
})

test('a file that every user can read works, with a warning', () => {
  write(KEY, 0o644)
  const { ok, findings } = check()
  expect(ok).toBe(true)
  expect(findings).toMatchObject([{ code: 'key-file-exposed', severity: 'warning' }])
  expect(findings[0]?.evidence).toContain('mode 0644')
})

test('a file that only its group can read is fine', () => {
  write(KEY, 0o640)
  expect(check().findings).toEqual([])
})

test('a mounted secret is read through its links', () => {
  mkdirSync(path.join(cwd, '..data'))
  writeFileSync(path.join(cwd, '..data', 'key'), KEY, { mode: 0o600 })
  symlinkSync('..data/key', file)
  expect(check().findings).toEqual([])
})

test('settings carry the absolute path and the repaired key', () => {
  write(` ${KEY}\n`)
  const { settings, config } = loadConfig({ DEEPSEEK_API_KEY_FILE: ' key ' }, { cwd })
  expect(settings?.credential).toEqual({ kind: 'file', path: file })
  expect(settings?.apiKey?.reveal()).toBe(KEY)
  expect(config).toMatchObject({ keyOrigin: 'DEEPSEEK_API_KEY_FILE', repaired: true })
})

test.each([
  [KEY, 'the value is a key'],
  ['"/run/secrets/key"', 'quotes'],
  ['~/key', 'only a shell expands'],
  ['$HOME/key', 'reference'],
])('an unreadable path that looks like %j is explained', (named, hint) => {
  expect(check(named).findings[0]?.evidence.join()).toContain(hint)
})

test('both variables at once are one conflict and nothing else', () => {
  const env = { DEEPSEEK_API_KEY: `"${KEY}"`, DEEPSEEK_API_KEY_FILE: '/nowhere' }
  expect(checkEnv(env, { cwd }).findings).toMatchObject([
    { code: 'key-conflict', severity: 'error' },
  ])
})
