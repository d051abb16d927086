/** Runs code of the application's. */
export interface ForeignCalls {
  /**
   * Calls `act` with `argument`. What it throws, or rejects with later, harms nobody, and is told
   * once for each `owner`: a listener that fails at every call must not fill the terminal.
   */
  call<T>(owner: object, what: string, act: (argument: T) => unknown, argument: T): void
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/** `tell` gets what failed, in the words of the caller, never the error: it may hold anything. */
export function createForeignCalls(tell: (what: string) => void): ForeignCalls {
  const told = new WeakSet<object>()
  const failed = (owner: object, what: string): void => {
    if (told.has(owner)) return
    told.add(owner)
    try {
      tell(what)
    } catch {
      // Whoever replaced `process.emitWarning` has no more say than a listener.
    }
  }
  return {
    call(owner, what, act, argument) {
      try {
        const returned = act(argument)
        // The two steps keep a `then` that throws inside the promise.
        if (isThenable(returned)) Promise.resolve(returned).then(null, () => failed(owner, what))
      } catch {
        failed(owner, what)
      }
    },
  }
}

/** Foreign code whose faults nobody wants to hear about. */
export const quietly: ForeignCalls = createForeignCalls(() => {})
