import { cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { removeConsumers, root } from '../package/consumer'
import { describeProject } from '../package/on-demand'
import { envOf, fakeForEach, type RunningExample, runProgram, untilStatus } from './run-example'

jest.setTimeout(240_000)
afterAll(removeConsumers)

const OPENAI = { openai: '^7.57.0' }
const fake = fakeForEach()

/** The binary of this machine: the package brings one for each kind, and npm takes the right one. */
function binary(folder: string, scope: string, path: string): string {
  const home = join(folder, 'node_modules', scope)
  const found = readdirSync(home).find((name) => existsSync(join(home, name, path)))
  if (!found) throw new Error(`${scope} has no binary for this machine.`)
  return join(home, found, path)
}

/** What a server of any runtime has to do with the guard. */
async function behaves(app: RunningExample): Promise<void> {
  const url = await app.url()
  const health = await untilStatus(`${url}/health/deepseek`, 200)
  // There is no socket, so a client on this machine is a stranger, too.
  expect(await health.text()).toBe('{"status":"pass"}')
  expect((await fetch(`${url}/health/deepseek/startup`)).status).toBe(200)
  expect((await fetch(`${url}/health/deepseek`, { method: 'HEAD' })).status).toBe(200)
  const chat = await fetch(`${url}/chat?message=Hi`)
  expect(await chat.json()).toEqual({ answer: 'You said: Hi' })
  fake().revoke(fake().key)
  const refused = await fetch(`${url}/chat?message=Hi`)
  expect(await refused.json()).toMatchObject({ cause: 'key-rejected' })
  app.signal('SIGTERM')
  expect(await app.exit).toBe(0)
  expect(app.output()).toContain('auth.rejected')
  expect(app.output()).not.toContain(fake().key)
}

describeProject('bun', { bun: '^1.4.5', ...OPENAI }, (folder) => {
  const bun = binary(folder, '@oven', 'bin/bun')

  beforeAll(() => cpSync(join(root, 'examples/bun'), folder, { recursive: true }))

  test('Bun.serve answers health and explains a refused key', async () => {
    await behaves(runProgram(bun, ['server.ts'], folder, envOf(fake())))
  })

  test('a quoted key stops Bun with the report', async () => {
    const app = runProgram(bun, ['server.ts'], folder, { DEEPSEEK_API_KEY: `"${fake().key}"` })
    expect(await app.exit).not.toBe(0)
    expect(app.output()).toContain('[key-quoted]')
    expect(app.output()).not.toContain(fake().key)
  })
})

describeProject('deno', { deno: '^2.9.6', ...OPENAI }, (folder) => {
  const deno = binary(folder, '@deno', 'deno')
  const grants = ['--allow-env', '--allow-net', '--allow-sys=hostname']
  const args = ['run', '--no-prompt', ...grants, 'server.ts']

  beforeAll(() => cpSync(join(root, 'examples/deno'), folder, { recursive: true }))

  test('Deno.serve answers health with the least grants', async () => {
    await behaves(runProgram(deno, args, folder, envOf(fake())))
  })

  test('a missing key is told where nothing may be read', async () => {
    const app = runProgram(deno, args, folder)
    expect(await app.exit).not.toBe(0)
    expect(app.output()).toContain('[key-missing]')
  })
})
