// Do the tests bite? Changes the pure files of every room and counts how many changes the tests
// of that room notice. `npm run mutation` tries a seeded sample of lines, in minutes;
// `-- --lines 40 --seed 7` a larger and another one a room; `-- --lines 0` every line, in hours;
// `-- --room store` one room only.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import Stryker from '@stryker-mutator/core'

/** The files of each room that judge, and the folders of tests that speak for it. */
const rooms = {
  key: { files: '*', tests: 'key config diagnosis' },
  provider: { files: '*', tests: 'provider diagnosis config' },
  causes: { files: 'cause call-context table', tests: 'diagnosis' },
  diagnosis: { files: '*', tests: 'diagnosis' },
  config: {
    files:
      'base-url build-settings find-credential judge-key missing-key option-shape platform shadow url-setting url-text',
    tests: 'config',
  },
  observability: { files: 'measurement scrub', tests: 'observability' },
  store: { files: 'certificate guarded-store memory-store verdict-log', tests: 'store' },
  credentials: {
    files: 'backoff credential token-decision token-facts token-state token',
    tests: 'credentials',
  },
  outbound: {
    files:
      'answer call destination refusal request stream-events stream-json stream-lines stream-watch verdicts',
    tests: 'outbound',
  },
  account: { files: 'balance burn fleet-usage ledger runway unexplained watch', tests: 'account' },
  health: {
    files:
      'evidence facts health-document health-state history page policy probe-answer ready schedule',
    tests: 'health',
  },
  guard: { files: 'answer endpoints reporting', tests: 'guard' },
  middleware: { files: 'misuse shared', tests: 'middleware' },
}

const root = path.resolve(fileURLToPath(import.meta.url), '../..')
process.chdir(root)
const config = JSON.parse(readFileSync('.ci/mutation.json', 'utf8'))
// Stryker resolves it from its own folder.
config.jest.config.testEnvironment = path.join(root, '.ci/mutation-environment.cjs')

const { values } = parseArgs({
  options: {
    room: { type: 'string', multiple: true, default: Object.keys(rooms) },
    seed: { type: 'string', default: '1' },
    lines: { type: 'string', default: '15' },
    verbose: { type: 'boolean', default: false },
  },
})

/** mulberry32: the same seed gives the same sample on every machine. */
function seeded(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Lines that judge something; what only declares or names has nothing to get wrong. */
const judges = /[<>!=?]=|&&|\|\||\?\?|[<>?] |\breturn\b|\bif \(|=> /

function sample(room, files) {
  const random = seeded(Number(values.seed))
  const names = readdirSync(`src/${room}`).map((name) => name.replace(/\.ts$/, ''))
  const lines = names
    .filter((name) => files === '*' || files.split(' ').includes(name))
    .map((name) => `src/${room}/${name}.ts`)
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) => (judges.test(line) ? [`${file}:${index + 1}-${index + 1}`] : [])),
    )
    .map((line) => ({ line, place: random() }))
    .sort((one, other) => one.place - other.place)
  return lines.slice(0, Number(values.lines) || lines.length).map(({ line }) => line)
}

const noticed = new Set(['Killed', 'Timeout'])
/** Of those: the tests did not end. On a busy machine they may only have been slow. */
const late = new Set(['Timeout'])
const lived = new Set(['Survived', 'NoCoverage'])

/** Changes one room; prints what its tests let live. */
async function mutate(room) {
  const { files, tests } = rooms[room]
  process.env.MUTATION_TESTS = tests
  const mutants = await new Stryker({ ...config, mutate: sample(room, files) }).runMutationTest()
  for (const { fileName, location, replacement, status } of mutants) {
    if (!lived.has(status) && !(values.verbose && status !== 'Ignored')) continue
    const { line, column } = location.start
    const changed = `${path.relative(root, fileName)}:${line}:${column}`
    console.log(`  ${status} ${changed} ${replacement.replace(/\s+/g, ' ').slice(0, 80)}`)
  }
  const count = (statuses) => mutants.filter(({ status }) => statuses.has(status)).length
  return { noticed: count(noticed), late: count(late), lived: count(lived) }
}

function tell(name, { noticed, late, lived }) {
  const score = ((100 * noticed) / (noticed + lived)).toFixed(1)
  const counts = `${noticed} noticed (${late} by time), ${lived} lived`
  console.log(`${name.padEnd(14)} ${score.padStart(5)} %  ${counts}`)
}

const total = { noticed: 0, late: 0, lived: 0 }
console.log(`Seed ${values.seed}, ${values.lines} lines a room (0: all).`)
for (const room of values.room) {
  const score = await mutate(room)
  tell(room, score)
  total.noticed += score.noticed
  total.late += score.late
  total.lived += score.lived
}
tell('total', total)
if (total.noticed < 9 * total.lived) {
  console.error('The score is under 90 %.')
  process.exitCode = 1
}
