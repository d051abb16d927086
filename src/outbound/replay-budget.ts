/** All request bodies kept for a replay together, per guard: 64 MiB. */
const CEILING_BYTES = 64 * 1024 * 1024

/** Bounds the memory that replays may cost. What does not fit is sent once and never replayed. */
export class ReplayBudget {
  #free: number

  constructor(ceiling = CEILING_BYTES) {
    this.#free = ceiling
  }

  /** Takes `bytes`; false when they do not fit. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  give(bytes: number): void {
    this.#free += bytes
  }
}
