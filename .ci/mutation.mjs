// Do the tests bite? Changes the pure files of every room and counts how many changes the tests
// of the rooms notice. `npm run mutation` tries a seeded sample of lines, in minutes;
// `-- --all` every line, in hours; `-- --seed 7 --lines 300` another and larger sample.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = path.resolve(fileURLToPath(import.meta.url), '../..')
const config = path.join(root, '.ci/mutation.json')
const stryker = createRequire(import.meta.url).resolve('@stryker-mutator/core/bin/stryker.js')

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    lines: { type: 'string', default: '150' },
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

/** The files of a pattern: one file, or `folder/*.ts`. */
function filesOf(pattern) {
  if (!pattern.endsWith('/*.ts')) return [pattern]
  const folder = path.dirname(pattern)
  const names = readdirSync(path.join(root, folder)).sort()
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`)
}

/** Lines that judge something; what only declares or names has nothing to get wrong. */
const judges = /[<>!=?]=|&&|\|\||[<>?] |\breturn\b|\bif \(/

function sample() {
  const random = seeded(Number(values.seed))
  const { mutate } = JSON.parse(readFileSync(config, 'utf8'))
  const lines = mutate.flatMap(filesOf).flatMap((file) =>
    readFileSync(path.join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (judges.test(line) ? [`${file}:${index + 1}-${index + 1}`] : [])),
  )
  const chosen = new Set()
  while (chosen.size < Math.min(Number(values.lines), lines.length)) {
    chosen.add(lines[Math.floor(random() * lines.length)])
  }
  return [...chosen].join(',')
}

const chosen = values.all ? [] : ['--mutate', sample()]
if (!values.all) console.log(`A sample of ${values.lines} lines, seed ${values.seed}.`)
const { status } = spawnSync(process.execPath, [stryker, 'run', config, ...chosen], {
  cwd: root,
  stdio: 'inherit',
})
process.exitCode = status ?? 1
