import type { Health } from './health-document'

/** Who wants to know about changes. */
export class Listeners {
  readonly #all = new Set<(health: Health) => void>()

  /** Returns the way out. */
  add(listener: (health: Health) => void): () => void {
    this.#all.add(listener)
    return () => this.#all.delete(listener)
  }

  tell(health: Health): void {
    for (const listener of [...this.#all]) {
      try {
        listener(health)
      } catch {
        // What an application does with the news must not stop the watching.
      }
    }
  }

  clear(): void {
    this.#all.clear()
  }
}
