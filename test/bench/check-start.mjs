// What `deepseek-guard check` costs a pod at every start, beside a Node that does nothing.
// Fresh processes, alternated, so that load on the machine meets both alike.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const RUNS = Number(process.argv[2] ?? 15)
const LIMIT = 2.5
const bin = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const cwd = mkdtempSync(path.join(os.tmpdir(), 'check-start-'))
const env = { PATH: process.env.PATH, DEEPSEEK_API_KEY: `sk-${'0f1e2d3c4b5a6978'.repeat(2)}` }

function wallTime(args) {
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  return performance.now() - startedAt
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

const times = { bare: [], check: [] }
for (let run = 0; run < RUNS; run += 1) {
  times.bare.push(wallTime(['-e', '0']))
  times.check.push(wallTime([bin, 'check']))
}
rmSync(cwd, { recursive: true })

const bareMs = median(times.bare)
const checkMs = median(times.check)
const ratio = checkMs / bareMs
console.log(`node -e 0             ${bareMs.toFixed(1)} ms`)
console.log(`deepseek-guard check  ${checkMs.toFixed(1)} ms`)
console.log(`ratio                 ${ratio.toFixed(2)} (at most ${LIMIT}; median of ${RUNS})`)
process.exitCode = ratio <= LIMIT ? 0 : 1
