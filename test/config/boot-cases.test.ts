import { inspect } from 'node:util'
import { checkEnv, loadConfig } from '../../src/config/load-config'
import { renderReport } from '../../src/config/report'
import {
  faultsOf,
  faultsOfText,
  layOut,
  leaksOf,
  leaveSurroundings,
  readBootCases,
} from '../boot-case'

// A file that Node loads needs a process.
const cases = readBootCases('code').filter(({ nodeArgs }) => !nodeArgs)

beforeAll(leaveSurroundings)

test.each(cases.map((one) => [one.id, one.about, one] as const))('%s: %s', (_, __, bootCase) => {
  const { cwd, env, remove } = layOut(bootCase)
  const options = { cwd, ...bootCase.options }
  const result = checkEnv(env, options)
  const { settings } = loadConfig(env, options)
  remove()
  const report = renderReport(result.findings, { color: false })
  expect(faultsOf(bootCase, result)).toEqual([])
  expect(faultsOfText(bootCase, report)).toEqual([])
  const { repairedKeyEquals } = bootCase.expected
  if (repairedKeyEquals) expect(settings?.apiKey?.reveal()).toBe(repairedKeyEquals)
  const shown = [JSON.stringify(result), inspect(result, { depth: 9 })]
  expect(leaksOf(bootCase, report, ...shown)).toEqual([])
})
