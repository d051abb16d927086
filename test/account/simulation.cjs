// Plays every pattern in a plain Node process and prints what came out: inside Jest each global is
// looked up through the sandbox, which makes this arithmetic four times as slow.
require('../outbound/load-typescript.cjs')
const { patterns } = require('./patterns.ts')
const { play, predict } = require('./simulation.ts')

const DAY = 24 * 3_600_000
const STARTS = [0.2, 1.37, 2.71, 3.05, 4.4]

/** Milliseconds from the stranger's first call to the alarm; absent without an alarm. */
function delayOf(leakFrom) {
  const busy = { name: 'busy', load: () => 4 }
  const { alarmAt, start } = play(busy, 5, { leakFrom, days: leakFrom + 0.1 })
  return alarmAt - (start + leakFrom * DAY)
}

const weeks = patterns.map((make, index) => {
  const { alarmAt } = play(make(), 100 + index, { days: 7, cancelled: 0.0005 })
  return { name: make().name, error: predict(make()), alarms: alarmAt === undefined ? 0 : 1 }
})
const strangers = STARTS.map((leakFrom) => ({ leakFrom, delay: delayOf(leakFrom) }))
const { known, spent } = play({ name: 'busy', load: () => 3 }, 9, { days: 3 })
console.log(JSON.stringify({ weeks, strangers, spent, known }))
