import type { DocumentSettings, Health, HealthView } from './health-document'
import { renderHealth } from './health-document'
import type { HealthState } from './health-facts'
import type { TrafficWindow } from './traffic'

interface Rendered {
  state: HealthState
  nextProbeAt: number | null
  second: number
  health: Health
}

/**
 * Renders the document at most once a second and state: a health endpoint under load costs one
 * comparison a request, and whoever caches bytes can go by the identity of the object.
 */
export class Snapshot {
  readonly #settings: DocumentSettings
  readonly #traffic: TrafficWindow
  #last: Rendered | undefined

  constructor(settings: DocumentSettings, traffic: TrafficWindow) {
    this.#settings = settings
    this.#traffic = traffic
  }

  read(state: HealthState, nextProbeAt: number | null, now: number): Health {
    const last = this.#last
    const second = Math.floor(now / 1_000)
    if (last?.state === state && last.nextProbeAt === nextProbeAt && last.second === second) {
      return last.health
    }
    const view: HealthView = { state, nextProbeAt, traffic: this.#traffic.read(now) }
    const health = renderHealth(view, this.#settings, now)
    this.#last = { state, nextProbeAt, second, health }
    return health
  }
}
