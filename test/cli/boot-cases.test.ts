import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { type BootCase, faultsOfFindings, faultsOfText, leaks, prepare } from './boot-case'
import { DIST, inParallel, type Run, runCli } from './command'

const FILE = path.resolve(__dirname, '../cases/boot.jsonl')

function readCases(): BootCase[] {
  const lines = readFileSync(FILE, 'utf8').split('\n').filter(Boolean)
  const cases = lines.map((line) => JSON.parse(line) as BootCase)
  return cases.filter(
    ({ only, needs = [] }) =>
      only !== 'code' && !(needs.includes('unprivileged') && process.getuid?.() === 0),
  )
}

interface Observed {
  json: Run
  text: Run
  /** A program behind `--import register`; for every fourth case. */
  preloaded?: Run
}

async function observe(bootCase: BootCase, index: number): Promise<Observed> {
  const { cwd, env, nodeArgs, args } = prepare(bootCase)
  const run = (...flags: string[]) => runCli(['check', ...flags, ...args], { cwd, env, nodeArgs })
  try {
    const observed = { json: await run('--json'), text: await run() }
    if (index % 4 !== 0 || args.length > 0) return observed
    const withRegister = [...nodeArgs, '--import', path.join(DIST, 'register.js')]
    const program = path.join(__dirname, 'hello.cjs')
    const preloaded = await runCli([], { cwd, env, nodeArgs: withRegister, program })
    return { ...observed, preloaded }
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

const cases = readCases()
let observed = new Map<string, Observed>()

beforeAll(async () => {
  const results = await inParallel([...cases.entries()], 3, ([index, each]) => observe(each, index))
  observed = new Map(cases.map(({ id }, index) => [id, results[index]!]))
}, 300_000)

const see = ({ id }: BootCase): Observed => observed.get(id)!
const table = cases.length > 0 ? cases.map((each) => [each.id, each] as const) : []
const each = table.length > 0 ? test.each(table) : test.skip.each([['no cases', {} as BootCase]])

each('%s: the document has the findings and nothing that is forbidden', (_id, bootCase) => {
  const { json } = see(bootCase)
  const document = JSON.parse(json.stdout)
  expect(faultsOfFindings(bootCase, document.findings)).toEqual([])
  expect(document).toMatchObject({ schemaVersion: 1, exitCode: json.status })
  expect(document.ok).toBe(json.status === 0)
  if (bootCase.expected.ok !== undefined) expect(document.ok).toBe(bootCase.expected.ok)
  expect(json.stderr).toBe('')
})

each('%s: the text for people says what it must', (_id, bootCase) => {
  const { text } = see(bootCase)
  expect(faultsOfText(bootCase, text.stderr)).toEqual([])
  expect(text.stdout).toBe('')
  expect(text.stderr).not.toContain('\u001b')
})

each('%s: every way of running ends with the same status', (_id, bootCase) => {
  const { json, text, preloaded } = see(bootCase)
  const { exitCode = json.status } = bootCase.expected
  expect([json.status, text.status]).toEqual([exitCode, exitCode])
  if (preloaded) {
    expect(preloaded.status).toBe(exitCode)
    expect(preloaded.stdout).toBe(exitCode === 0 ? 'hello\n' : '')
    expect(faultsOfText(bootCase, preloaded.stderr)).toEqual([])
  }
})

each('%s: no secret can be read anywhere', (_id, bootCase) => {
  const { json, text, preloaded } = see(bootCase)
  for (const run of [json, text, preloaded]) {
    if (run) expect(leaks(bootCase, run)).toEqual([])
  }
})
