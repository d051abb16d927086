/** Counts of one minute. */
interface Minute {
  number: number
  good: number
  bad: number
}

/** The ratio looks back this far: long enough for a quiet app, short enough for an incident. */
const MINUTES = 5

const MINUTE_MS = 60_000

/** The share of live calls that failed lately. */
export class TrafficWindow {
  readonly #minutes: Minute[] = []
  #at: number | null = null

  add(failed: boolean, now: number): void {
    const number = Math.floor(now / MINUTE_MS)
    let minute = this.#minutes.at(-1)
    if (minute?.number !== number) {
      minute = { number, good: 0, bad: 0 }
      this.#minutes.push(minute)
      if (this.#minutes.length > MINUTES) this.#minutes.shift()
    }
    if (failed) minute.bad++
    else minute.good++
    this.#at = now
  }

  read(now: number): { failureRatio: number; at: number | null } {
    const oldest = Math.floor(now / MINUTE_MS) - MINUTES
    let good = 0
    let bad = 0
    for (const minute of this.#minutes) {
      if (minute.number <= oldest) continue
      good += minute.good
      bad += minute.bad
    }
    return { failureRatio: bad === 0 ? 0 : bad / (good + bad), at: this.#at }
  }
}
