import type { Cause, CauseGroup } from './cause'

/** `certain`: the evidence proves it. `likely`: best reading. `possible`: cannot be told apart. */
export type Confidence = 'certain' | 'likely' | 'possible'

/** What to change; `command` can be pasted into a shell. */
export interface Fix {
  text: string
  command?: string
}

/** Why a call failed. Holds no part of a key, a body or a prompt. */
export interface Diagnosis {
  cause: Cause
  group: CauseGroup
  confidence: Confidence
  /** One sentence: what is wrong. */
  title: string
  /** What was seen: statuses, lengths, positions, header names. Never a value. */
  evidence: string[]
  fix: Fix
  /** What the evidence cannot rule out, most likely first. */
  others: Cause[]
  /** Lower-case slug of who answered, when it was not DeepSeek. */
  vendor?: string
  /** True when the answer proves that the key is good (402, unknown model). */
  credentialAccepted?: boolean
  /** True when the same request may succeed later without a change. */
  retryable: boolean
}
