import type { Cause, CauseGroup } from './cause'
import type { Fix } from './diagnosis'

/** The words of one cause, as its author writes them. */
export interface CauseWords {
  /** One sentence: what is wrong. */
  title: string
  /** What that means, and how it comes about. */
  meaning: string
  /** What you see: status, body or error as it stands in the log. */
  see: string
  /** What to do; begins with a verb. */
  fix: Fix
  /** How this library knows, and what it cannot rule out. */
  proof: string
  /** True when the same request may succeed later without a change. Default false. */
  retryable?: boolean
}

/** One row of the public table. */
export interface CauseRow extends CauseWords {
  cause: Cause
  group: CauseGroup
  retryable: boolean
  /** Address of the cause in the README. */
  docs: string
}
