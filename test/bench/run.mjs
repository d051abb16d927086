// Every figure of the package beside the raw baseline and the libraries that people use today,
// measured in the same run. `npm run bench` builds first; each part also runs by itself.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const parts = [
  'cold-start',
  'calls',
  'account',
  'storm',
  'refusals',
  'endpoint',
  'latency',
  'middleware',
  'diagnosis',
]

console.log(`# Figures: Node ${process.version}, ${availableParallelism()} cores\n`)
for (const part of parts) {
  const script = fileURLToPath(new URL(`${part}.mjs`, import.meta.url))
  // A process each: what one part leaves in the heap must not slow the next.
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
console.log(`All figures took ${Math.round(performance.now() / 1_000)} s.`)
