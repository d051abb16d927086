import type { Clock } from '../clock'
import type { GuardLog } from '../observability/events'
import type { Measurement } from '../observability/measurement'
import type { ResolvedHealthOptions } from './health-options'
import type { Probe } from './probe'
import type { VerdictSource } from './verdict-source'

/** What a monitor needs from the rooms around it. */
export interface MonitorDeps {
  options: ResolvedHealthOptions
  /** From `createProbe`. */
  probe: Probe
  /**
   * Asks the source for the credential again, once between refusals, where the call that was
   * refused did not. Default: nothing to refresh.
   */
  refresh?: () => Promise<unknown>
  clock: Clock
  /** Uniform in [0, 1), such as `Math.random`. */
  random: () => number
  log: GuardLog
  record(measurement: Measurement): void
  /** Default: this process asks for itself. */
  verdictSource?: VerdictSource
}
