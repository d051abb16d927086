import type { Cause } from './cause'
import type { Fix } from './diagnosis'

export type Severity = 'error' | 'warning' | 'info'

/** Where a value came from. */
export type Origin = 'environment' | 'env-file' | 'file' | 'option' | 'set-after-start'

/** One thing that is wrong, or odd, with the configuration. */
export interface Finding {
  code: Cause
  severity: Severity
  /** The variable or option at fault. */
  variable?: string
  /** One sentence: what is wrong. */
  title: string
  /** Lengths, positions (counted from 1), code points, origins. Never a value. */
  evidence: string[]
  /** Exact for the platform that was detected. */
  fix: Fix
  /** True when the repaired value would pass. */
  validAfterFix?: boolean
  origin?: Origin
  /** README anchor. */
  docs: string
}
