import { rmSync } from 'node:fs'
import { inspect } from 'node:util'
import { checkEnv, loadConfig } from '../../src/config/load-config'
import { renderReport } from '../../src/config/report'
import { isMentioned, layOut, leaksOf, matches, readCases } from './boot-case'

const cases = readCases().filter(({ only, nodeArgs }) => only !== 'cli' && !nodeArgs)

test.each(cases.map((one) => [one.id, one.about, one] as const))('%s: %s', (_, __, testCase) => {
  const { cwd, env } = layOut(testCase)
  const { expected } = testCase
  const options = { cwd, ...testCase.options }
  const result = checkEnv(env, options)
  const report = renderReport(result.findings, { color: false })
  const { settings } = loadConfig(env, options)
  rmSync(cwd, { recursive: true, force: true })

  for (const wanted of expected.findings) {
    expect(result.findings).toContainEqual(
      result.findings.find((finding) => matches(finding, wanted)) ?? wanted,
    )
  }
  if (expected.ok !== undefined) expect(result.ok).toBe(expected.ok)
  const codes = result.findings.map(({ code }) => code)
  expect(codes.filter((code) => expected.forbidden.includes(code))).toEqual([])
  const extra = result.findings.filter(
    (finding) => !expected.findings.some((wanted) => matches(finding, wanted)),
  )
  if (expected.extra === 'none') expect(extra).toEqual([])
  if (expected.extra === 'info') {
    expect(extra.filter(({ severity }) => severity !== 'info')).toEqual([])
  }
  const atFault = result.findings.filter(({ severity }) => severity === 'error')
  expect(new Set(atFault.map(({ variable }) => variable)).size).toBe(atFault.length)
  if (expected.validAfterFix !== undefined) {
    const first = result.findings.find((finding) => matches(finding, expected.findings[0]!))
    expect(first?.validAfterFix === true).toBe(expected.validAfterFix)
  }
  if (expected.repairedKeyEquals) {
    expect(settings?.apiKey?.reveal()).toBe(expected.repairedKeyEquals)
  }
  for (const wanted of expected.mentions ?? []) {
    expect([wanted, isMentioned(report, wanted), report]).toEqual([wanted, true, report])
  }
  const output = [report, JSON.stringify(result), inspect(result, { depth: 9 })].join('\n')
  expect(expected.never.flatMap((secret) => leaksOf(output, secret))).toEqual([])
})
