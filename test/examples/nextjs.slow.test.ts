import { spawnSync } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeConsumers, root } from '../package/consumer'
import { describeProject } from '../package/on-demand'
import { envOf, fakeForEach, killExamples, runProgram, untilStatus } from './run-example'

jest.setTimeout(240_000)
afterAll(removeConsumers)
afterEach(killExamples)

const PACKAGES = { next: '^16.4.6', react: '^19.2.0', 'react-dom': '^19.2.0', openai: '^7.57.0' }
const READY = /Local:\s+(http:\/\/localhost:\d+)/
const fake = fakeForEach()

describeProject('nextjs', PACKAGES, (folder) => {
  const next = join(folder, 'node_modules/next/dist/bin/next')
  const telemetry = { NEXT_TELEMETRY_DISABLED: '1' }

  const start = async (command: string, env: Record<string, string>) => {
    const app = runProgram(process.execPath, [next, command, '-p', '0'], folder, {
      ...telemetry,
      ...env,
    })
    const [, url = ''] = await app.sees(READY)
    return { app, url }
  }

  beforeAll(() => {
    cpSync(join(root, 'examples/nextjs'), folder, { recursive: true })
    // Next looks for the root of a workspace by this file, from the folder upwards.
    writeFileSync(join(folder, 'package-lock.json'), '{}')
  })

  test('builds without a key, and the output guards at run time', async () => {
    const { PATH = '', HOME = '' } = process.env
    const env = { PATH, HOME, ...telemetry }
    const built = spawnSync(process.execPath, [next, 'build'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    expect([built.status, built.stdout + built.stderr]).toEqual([
      0,
      expect.stringMatching(/ƒ \/health\/deepseek/),
    ])
    const { app, url } = await start('start', envOf(fake()))
    const health = await untilStatus(`${url}/health/deepseek`, 200)
    expect(health.headers.get('content-type')).toBe('application/health+json')
    expect((await fetch(`${url}/health/deepseek/live`)).status).toBe(200)
    expect((await fetch(`${url}/health/deepseek/elsewhere`)).status).toBe(404)
    expect((await fetch(`${url}/health/deepseek`, { method: 'POST' })).status).toBe(405)
    const chat = await fetch(`${url}/chat?message=Hi`)
    expect(await chat.json()).toEqual({ answer: 'You said: Hi' })
    // `instrumentation.js`, the health route and the chat route are chunks of their own.
    expect(fake().calls.filter(({ path }) => path === '/user/balance')).toHaveLength(1)
    expect(app.output().match(/guard\.started/g)).toHaveLength(1)
    fake().revoke(fake().key)
    const refused = await fetch(`${url}/chat?message=Hi`)
    expect(await refused.json()).toMatchObject({ cause: 'key-rejected' })
  })

  test('hot reloading keeps the one guard', async () => {
    const { app, url } = await start('dev', envOf(fake()))
    await untilStatus(`${url}/health/deepseek`, 200)
    for (const round of ['one', 'two', 'three']) {
      const changed = `import { sharedGuard } from 'deepseek-guard'
        export const round = '${round}'
        export const deepseek = () => sharedGuard()`
      writeFileSync(join(folder, 'deepseek.js'), changed)
      expect((await fetch(`${url}/chat?message=${round}`)).status).toBe(200)
      await untilStatus(`${url}/health/deepseek`, 200)
    }
    expect(app.output().match(/guard\.started/g)).toHaveLength(1)
  })
})
