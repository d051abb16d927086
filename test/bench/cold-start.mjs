// What a start costs in fresh processes: Node alone, the three libraries that the package builds
// on, the package with a good environment, and the command that checks one.
import { createRequire } from 'node:module'
import { bin, inFreshProcesses } from './fresh-process.mjs'
import { inTurns, mapValues, print, target } from './measure.mjs'

const { resolve } = createRequire(import.meta.url)
const load = (name) => `require(${JSON.stringify(resolve(name))})`
const guard = load('deepseek-guard')

const programs = {
  bare: ['-e', '0'],
  libraries: ['-e', ['envalid', 'zod', 'pino'].map(load).join(';')],
  imported: ['-e', guard],
  checked: ['-e', `if (!${guard}.checkEnv().ok) throw new Error('not ok')`],
  guarded: ['-e', `${guard}.deepseekGuard({ health: false, logger: false }).close()`],
  logged: ['-e', `${guard}.deepseekGuard({ health: false }).close()`],
  command: [bin, 'check'],
}

const ms = await inFreshProcesses((wallTime) =>
  inTurns(
    { rounds: 21 },
    mapValues(programs, (args) => () => wallTime(args)),
  ),
)

const both = (compare) => `${compare(ms.median).toFixed(2)} (${compare(ms.least).toFixed(2)})`
const row = (what, name, limit) => [
  what,
  ms.median[name].toFixed(1),
  both((all) => all[name] / all.libraries),
  both((all) => (all[name] - all.bare) / (all.libraries - all.bare)),
  limit === undefined ? '' : target(ms.median[name] / ms.median.libraries, limit),
]
print(
  'Cold start',
  'Wall time of fresh processes; shares of what the three libraries take, by medians (by fastest).',
  ['what', 'ms', 'share of totals', 'share above bare node', 'target (totals)'],
  [
    row('`node -e 0`', 'bare'),
    row('envalid + zod + pino, required', 'libraries'),
    row('deepseek-guard, required', 'imported'),
    row('and `checkEnv()`', 'checked'),
    row('and `deepseekGuard({ health: false, logger: false })`', 'guarded', 0.6),
    row('and `deepseekGuard({ health: false })`, which logs by pino', 'logged', 0.8),
  ],
)

const times = ms.median.command / ms.median.bare
print(
  'The command',
  'Wall time of fresh processes, by medians (by fastest).',
  ['what', 'ms', 'times bare node', 'target'],
  [
    ['`node -e 0`', ms.median.bare.toFixed(1), '1.00', ''],
    [
      '`deepseek-guard check`',
      ms.median.command.toFixed(1),
      both((all) => all.command / all.bare),
      target(times, 2.5),
    ],
  ],
)
