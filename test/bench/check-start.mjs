// What `deepseek-guard check` costs a pod at every start, beside a Node that does nothing.
// Fresh processes, alternated, so that load on the machine meets both alike.
import { bin, inFreshProcesses } from './fresh-process.mjs'
import { inTurns } from './measure.mjs'

const LIMIT = 2.5
const rounds = Number(process.argv[2] ?? 15)

const { median } = await inFreshProcesses((wallTime) =>
  inTurns({ rounds }, { bare: () => wallTime(['-e', '0']), check: () => wallTime([bin, 'check']) }),
)
const ratio = median.check / median.bare
console.log(`node -e 0             ${median.bare.toFixed(1)} ms`)
console.log(`deepseek-guard check  ${median.check.toFixed(1)} ms`)
console.log(`ratio                 ${ratio.toFixed(2)} (at most ${LIMIT}; median of ${rounds})`)
process.exitCode = ratio <= LIMIT ? 0 : 1
