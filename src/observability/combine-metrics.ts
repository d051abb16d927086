import type { GuardMetrics } from './measurement'

/** One place to record for none, one or several; what a recorder throws harms nobody. */
export function combineMetrics(given: GuardMetrics | GuardMetrics[] | undefined): GuardMetrics {
  const all = given === undefined ? [] : [given].flat()
  return {
    record(measurement) {
      for (const metrics of all) {
        try {
          metrics.record(measurement)
        } catch {
          // A broken metrics object costs its own figures, nothing else.
        }
      }
    },
  }
}
