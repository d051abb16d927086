import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.resolve(__dirname, '../..')
const cache = path.join(root, 'node_modules/.cache')

/** DeepSeek's own packages contradict each other's peers, so each has a folder of its own. */
const folders = {
  server: {
    path: path.join(cache, 'deepseek-mock-server'),
    packages: [
      '@deepseek-ai/dsh-llm-mock-server@0.0.1-rc.1',
      '@deepseek-ai/cordis@^4.0.1-rc.1',
      '@deepseek-ai/dsh-invariants@^0.0.1-rc.1',
    ],
  },
  adapter: {
    path: path.join(cache, 'deepseek-adapter'),
    packages: ['@deepseek-ai/dsh-llm-deepseek@0.1.0-rc.8'],
  },
}

async function install(): Promise<string | undefined> {
  for (const { path: folder, packages } of Object.values(folders)) {
    if (existsSync(path.join(folder, 'node_modules/@deepseek-ai'))) continue
    const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund']
    try {
      await run('npm', ['install', ...options, '--prefix', folder, ...packages], {
        timeout: 60_000,
      })
    } catch (error) {
      return String((error as { stderr?: string }).stderr ?? error).split('\n')[0]
    }
  }
  return undefined
}

interface Result {
  behavior: string
  /** Without us and with us. */
  plain: [unknown, unknown]
  adapted: [unknown, unknown]
  told: string[]
}

let results: Result[] | undefined

beforeAll(async () => {
  const failure = await install()
  if (failure !== undefined) {
    if (process.env.CI) throw new Error(`DeepSeek's packages cannot be installed: ${failure}`)
    process.stderr.write(`Skipped: DeepSeek's packages cannot be installed here (${failure}).\n`)
    return
  }
  const script = path.join(__dirname, 'official.mjs')
  const args = [script, folders.server.path, folders.adapter.path]
  const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })
  results = JSON.parse(stdout)
}, 180_000)

/** `undefined` when the packages could not be had, which was said. */
const resultOf = (behavior: string): Result | undefined =>
  results?.find((result) => result.behavior === behavior)

const faults: [string, string[]][] = [
  ['stream_disconnect', ['stream-cut']],
  ['empty', ['stream-empty']],
  ['empty_body', ['stream-empty']],
  ['stream_eof', ['stream-cut']],
  ['partial_eof', ['stream-cut']],
  ['partial_disconnect', ['stream-cut']],
  ['stall', ['stream-stalled']],
  ['malformed_json', ['stream-malformed']],
  ['malformed_event', ['stream-malformed']],
  ['wrong_content_type', ['stream-malformed']],
]
const successes = [
  'success',
  'reasoning_success',
  'tool_call_success',
  'max_tokens',
  'slow_success',
]

test.each(faults)("DeepSeek's own fault %s is named %j", (behavior, causes) => {
  const result = resultOf(behavior)
  if (result !== undefined) expect(result.told).toEqual(causes)
})

test.each(successes)('its %s is no fault', (behavior) => {
  const result = resultOf(behavior)
  if (result !== undefined) expect(result.told).toEqual([])
})

test.each([...faults.map(([behavior]) => behavior), ...successes])(
  'neither a caller of fetch nor the adapter of DeepSeek sees a difference in %s',
  (behavior) => {
    const result = resultOf(behavior)
    if (result === undefined) return
    expect(result.plain[1]).toEqual(result.plain[0])
    expect(result.adapted[1]).toEqual(result.adapted[0])
  },
)
