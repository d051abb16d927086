import type { RefreshEvent } from './credentials/credential'
import type { Diagnosis } from './diagnosis/diagnosis'
import type { Health } from './health/health-document'

/** What `guard.on` delivers, by event. */
export interface GuardEvents {
  /** The readiness verdict, its phase or its cause changed. */
  change: Health
  /** A call failed; repeated for every failed call. */
  diagnosis: Diagnosis
  /** A credential refresh ended. */
  refresh: RefreshEvent
}

type Listener<E extends keyof GuardEvents> = (payload: GuardEvents[E]) => void

/** The guard's listeners. */
export interface Emitter {
  on<E extends keyof GuardEvents>(event: E, listener: Listener<E>): void
  off<E extends keyof GuardEvents>(event: E, listener: Listener<E>): void
  emit<E extends keyof GuardEvents>(event: E, payload: GuardEvents[E]): void
}

const names: readonly string[] = ['change', 'diagnosis', 'refresh'] satisfies (keyof GuardEvents)[]

/**
 * A listener that throws breaks neither a call nor the listeners behind it; Node's own warning says
 * so, without the error's text, which may hold anything.
 */
export function createEmitter(): Emitter {
  const listeners = new Map<string, Set<(payload: never) => void>>()
  const listenersOf = (event: string): Set<(payload: never) => void> => {
    if (!names.includes(event)) {
      throw new TypeError(`The guard has no event of that name; it has ${names.join(', ')}.`)
    }
    const found = listeners.get(event) ?? new Set()
    listeners.set(event, found)
    return found
  }
  return {
    on(event, listener) {
      if (typeof listener !== 'function') throw new TypeError('A listener has to be a function.')
      listenersOf(event).add(listener)
    },
    off(event, listener) {
      listenersOf(event).delete(listener)
    },
    emit(event, payload) {
      for (const listener of [...(listeners.get(event) ?? [])]) {
        try {
          listener(payload as never)
        } catch {
          process.emitWarning(`A listener of the guard's '${event}' event threw.`, {
            code: 'DEEPSEEK_GUARD_LISTENER',
          })
        }
      }
    },
  }
}
