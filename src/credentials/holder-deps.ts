import type { Clock } from '../clock'
import type { GuardLog } from '../observability/events'
import type { Secret } from '../secret'
import type { RefreshEvent } from './credential'

/** What a holder needs from the guard. */
export interface HolderDeps {
  clock: Clock
  /** 0 to 1, for jitter. */
  random: () => number
  log: GuardLog
  /** Deadline of one refresh, in milliseconds. */
  refreshTimeoutMs: number
  /** Removes known secrets from a text; default: none is known. */
  scrub?: (text: string) => string
  /** Called with every token before anybody else sees it, so that a scrubber can know it. */
  onToken?: (secret: Secret) => void
  onRefresh?: (event: RefreshEvent) => void
}
