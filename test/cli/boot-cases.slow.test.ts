import path from 'node:path'
import type { Finding } from '../../src/causes/cause'
import { checkEnv } from '../../src/config/load-config'
import {
  type BootCase,
  codesOf,
  faultsOf,
  faultsOfText,
  layOut,
  leaksOf,
  readBootCases,
} from '../boot-case'
import { DIST, inParallel, type Run, runCli } from './command'

interface Observed {
  json: Run
  text: Run
  /** A program behind `--import register`; for every fourth case. */
  preloaded?: Run
  /** What the function says; absent where arguments decide, too. */
  codes?: string[]
}

async function observe(bootCase: BootCase, index: number): Promise<Observed> {
  const { nodeArgs = [], args = [] } = bootCase
  const { cwd, env, remove } = layOut(bootCase)
  const run = (...flags: string[]) => runCli(['check', ...flags, ...args], { cwd, env, nodeArgs })
  try {
    const observed: Observed = { json: await run('--json'), text: await run() }
    if (args.length > 0) return observed
    if (nodeArgs.length === 0) observed.codes = codesOf(checkEnv(env, { cwd }).findings)
    if (index % 4 !== 0) return observed
    const withRegister = [...nodeArgs, '--import', path.join(DIST, 'register.js')]
    const program = path.join(__dirname, 'hello.cjs')
    const preloaded = await runCli([], { cwd, env, nodeArgs: withRegister, program })
    return { ...observed, preloaded }
  } finally {
    remove()
  }
}

const cases = readBootCases('cli')
let observed = new Map<string, Observed>()

beforeAll(async () => {
  const results = await inParallel([...cases.entries()], 3, ([index, each]) => observe(each, index))
  observed = new Map(cases.map(({ id }, index) => [id, results[index]!]))
}, 300_000)

const see = ({ id }: BootCase): Observed => observed.get(id)!
const each = test.each(cases.map((one) => [one.id, one] as const))

each('%s: the document has the findings and nothing that is forbidden', (_id, bootCase) => {
  const { json, codes } = see(bootCase)
  const document = JSON.parse(json.stdout)
  expect(faultsOf(bootCase, document)).toEqual([])
  if (codes) expect(codesOf(document.findings)).toEqual(codes)
  const ok = document.findings.every(({ severity }: Finding) => severity !== 'error')
  expect(document).toMatchObject({ schemaVersion: 1, exitCode: json.status, ok })
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
    if (run) expect(leaksOf(bootCase, run.stdout, run.stderr)).toEqual([])
  }
})
