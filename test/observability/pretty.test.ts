import { execFileSync } from 'node:child_process'
import pino from 'pino'
import { deepseekGuard } from '../../src/middleware/universal'
import { startFakeDeepSeek } from '../../src/testing'

const pretty = require.resolve('pino-pretty/bin.js')

/** The log of a guard whose key is refused twenty times, as pino writes it. */
async function refusedLog() {
  const fake = await startFakeDeepSeek()
  const lines: string[] = []
  const logger = pino({ name: 'shop' }, { write: (line: string) => void lines.push(line) })
  const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
  const guard = deepseekGuard({ env, logger, health: false })
  fake.revoke(fake.key)
  for (let call = 0; call < 20; call += 1) {
    await guard.fetch(`${fake.url}/chat/completions`, { method: 'POST', body: '{}' })
  }
  await guard.close()
  await fake.close()
  return { key: fake.key, refused: lines.filter((line) => line.includes('"auth.rejected"')) }
}

test('twenty refused calls are one line that pino-pretty shows as a sentence and its facts', async () => {
  const { key, refused } = await refusedLog()
  expect(refused).toHaveLength(1)
  const shown = execFileSync(process.execPath, [pretty, '--no-colorize'], {
    input: refused[0],
    encoding: 'utf8',
  })
  const [sentence, ...facts] = shown.trimEnd().split('\n')
  expect(sentence).toMatch(
    /^\[[\d:.]+\] ERROR \(shop\/\d+\): POST \/chat\/completions was refused with 401\. [A-Z].+\.$/,
  )
  expect(facts).toEqual(
    expect.arrayContaining([
      '    component: "deepseek-guard"',
      '    event: "auth.rejected"',
      '    cause: "key-rejected"',
      '    key_echo: "match"',
      '    http.response.status_code: 401',
    ]),
  )
  for (const fact of facts) expect(fact).toMatch(/^ {4}[a-z][a-z_.]*: (?:"[^"]*"|\d+)$/)
  expect(shown).not.toContain(key.slice(-4))
})
