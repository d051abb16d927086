import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { causes } from '../src/causes/table'
import { checkEnv } from '../src/config/load-config'
import { renderReport } from '../src/config/report'
import { variables } from '../src/config/variables'
import { type FakeDeepSeek, startFakeDeepSeek } from '../src/testing'
import { canStart, type RedisServer, startRedis, testWithRedis } from './store/redis-server'

const ROOT = path.resolve(__dirname, '..')
/** Inside the package, so that `deepseek-guard` resolves to its own build; ignored by git. */
const WORK = path.join(ROOT, 'artifacts/readme')

interface Snippet {
  line: number
  file: string
  code: string
}

/** Every fenced block that says it is TypeScript. */
function readSnippets(): Snippet[] {
  const text = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length
    return { line, file: `line-${line}`, code: match[1] ?? '' }
  })
}

const snippets = readSnippets()
let fake: FakeDeepSeek
let redis: RedisServer | undefined

beforeAll(async () => {
  rmSync(WORK, { recursive: true, force: true })
  mkdirSync(WORK, { recursive: true })
  for (const { file, code } of snippets) {
    writeFileSync(path.join(WORK, `${file}.mts`), `${code}\nexport {}\n`)
  }
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node', 'jest'],
    lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'],
  }
  writeFileSync(path.join(WORK, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  fake = await startFakeDeepSeek()
  if (canStart) redis = await startRedis()
})

afterAll(async () => {
  await fake.close()
  await redis?.stop()
})

test('the README shows code by line 10', () => {
  expect(snippets[0]?.line).toBeLessThanOrEqual(10)
})

test('the report for a quoted key is printed word for word', () => {
  const env = {
    DEEPSEEK_API_KEY: '"sk-7c41f0a9d25b8e6313da94c07fb2e586"',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
  }
  const { findings } = checkEnv(env, { cwd: path.parse(ROOT).root })
  expect(readFileSync(path.join(ROOT, 'README.md'), 'utf8')).toContain(renderReport(findings))
})

test('the tables of settings and causes are those of the source', () => {
  const { withTables } = require('../.ci/readme-tables.cjs') as {
    withTables(text: string, tables: object): string
  }
  const text = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  expect(text).toBe(withTables(text, { variables, causes }))
})

test('every snippet compiles against the built declarations', () => {
  const tsc = spawnSync('npx', ['tsc', '-p', WORK], { cwd: ROOT, encoding: 'utf8' })
  expect(tsc.stdout).toBe('')
  expect(tsc.status).toBe(0)
}, 60_000)

/** Runs a snippet as it stands, with the environment that it asks for. */
async function run({ file }: Snippet): Promise<void> {
  const harness = path.join(ROOT, 'test/readme-harness.mjs')
  const child = spawn(
    process.execPath,
    ['--import', harness, '--enable-source-maps', path.join(WORK, `${file}.mjs`)],
    {
      cwd: WORK,
      env: {
        PATH: process.env.PATH,
        DEEPSEEK_API_KEY: fake.key,
        DEEPSEEK_BASE_URL: fake.url,
        REDIS_URL: redis?.url,
      },
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const status = await new Promise((resolve) => child.on('close', resolve))
  expect({ status, output }).toMatchObject({ status: 0 })
  expect(output).not.toContain(fake.key)
}

const needRedis = ({ code }: Snippet): boolean => code.includes('redisStore(')

test.each(snippets.filter((snippet) => !needRedis(snippet)))(
  'the snippet at line $line runs against the fake',
  run,
  30_000,
)

testWithRedis.each(snippets.filter(needRedis))(
  'the snippet at line $line runs against the fake and a Redis of its own',
  run,
  30_000,
)
