import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const ROOT = path.resolve(__dirname, '../..')
const MODULES = path.join(ROOT, 'node_modules')

/** A consumer's directory with the compiled file in it, as `tsc` writes it for the package. */
let consumer: string

function run(script: string, args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: consumer,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
  return { status, stdout, stderr }
}

beforeAll(() => {
  consumer = mkdtempSync(path.join(tmpdir(), 'guard-oauth-'))
  symlinkSync(MODULES, path.join(consumer, 'node_modules'))
  writeFileSync(path.join(consumer, 'package.json'), '{ "type": "commonjs" }')
  const config = {
    extends: path.join(ROOT, 'tsconfig.json'),
    compilerOptions: { rootDir: path.join(ROOT, 'src'), outDir: consumer, declaration: false },
    files: [path.join(ROOT, 'src/credentials/token-endpoint.ts')],
    include: [],
  }
  writeFileSync(path.join(consumer, 'tsconfig.json'), JSON.stringify(config))
  run(path.join(MODULES, 'typescript/bin/tsc'), [
    ...['-p', 'tsconfig.json', '--typeRoots', path.join(MODULES, '@types')],
  ])
}, 60_000)

afterAll(() => rmSync(consumer, { recursive: true, force: true }))

describe('the OAuth library', () => {
  const load = "require('./credentials/token-endpoint.js').loadOAuth()"

  test('is loaded by plain Node from the CommonJS build, without a warning', () => {
    const script = `${load}.then((oauth) => console.log(typeof oauth.ClientSecretBasic))`
    expect(run('-e', [script])).toEqual({ status: 0, stdout: 'function\n', stderr: '' })
  })

  test('is loaded inside a consumer of Jest without flags or transforms', () => {
    const test = `test('x', async () => {
      const oauth = await ${load}
      expect(typeof oauth.ClientSecretBasic).toBe('function')
    })`
    writeFileSync(path.join(consumer, 'consumer.test.js'), test)
    const options = { rootDir: consumer, transform: {}, testMatch: ['**/consumer.test.js'] }
    const args = ['--config', JSON.stringify(options), '--watchman=false', '--ci']
    const { status, stderr } = run(path.join(MODULES, 'jest/bin/jest.js'), args)
    expect(stderr).toContain('1 passed')
    expect(status).toBe(0)
  }, 60_000)

  test('stays a real import in the build, so that nothing loads it early', () => {
    const built = readFileSync(path.join(consumer, 'credentials/token-endpoint.js'), 'utf8')
    expect(built).toContain("await import('oauth4webapi')")
    expect(built).not.toMatch(/require\(["']oauth4webapi/)
  })
})
