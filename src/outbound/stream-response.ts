const touchKey = Symbol('deepseek-guard.touch')

type Touched = Response & { [touchKey]: (() => void) | undefined }
type Method = (this: Response, ...rest: unknown[]) => unknown

/** All that leads to a body, apart from the body itself. */
const ways = ['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData', 'clone'] as const

function touch(response: Touched): void {
  const tell = response[touchKey]
  if (tell === undefined) return
  response[touchKey] = undefined
  tell()
}

/** Where a class answers for its body; undefined for what only looks like a response. */
function bodyGetter(base: object): ((this: Response) => unknown) | undefined {
  for (let at: object | null = base; at !== null; at = Object.getPrototypeOf(at)) {
    const own = Object.getOwnPropertyDescriptor(at, 'body')
    if (own !== undefined) return own.get
  }
  return undefined
}

function derive(base: Response): object | undefined {
  const body = bodyGetter(base)
  if (body === undefined) return undefined
  const derived = Object.create(base, {
    body: {
      get(this: Touched) {
        touch(this)
        return body.call(this)
      },
      configurable: true,
    },
  })
  for (const name of ways) {
    const method = (base as unknown as Record<string, unknown>)[name] as Method | undefined
    if (typeof method !== 'function') continue
    const value = function (this: Touched, ...rest: unknown[]): unknown {
      touch(this)
      return method.apply(this, rest)
    }
    Object.defineProperty(derived, name, { value, writable: true, configurable: true })
  }
  return derived
}

/**
 * Tells when somebody reaches for the body of a response, before it is given. To look at the body
 * itself, or to make anything for it, costs a tenth of a call that nobody may read.
 */
export class ResponseTaps {
  /** Made once for each class of response that was met; `null`: of that class none can be made. */
  readonly #prototypes = new Map<object, object | null>()

  /** False when it cannot be told; then nothing was changed. */
  attach(response: Response, tell: () => void): boolean {
    const base = Object.getPrototypeOf(response) as Response
    let derived = this.#prototypes.get(base)
    if (derived === undefined) {
      derived = (Object.hasOwn(response, 'body') ? undefined : derive(base)) ?? null
      this.#prototypes.set(base, derived)
      // A transport may give the same response twice; it then tells the newer call.
      if (derived !== null) this.#prototypes.set(derived, derived)
    }
    if (derived === null || !Object.isExtensible(response))
      return false
      // In this order: engines are slow to add a member to what has just changed its prototype.
    ;(response as Touched)[touchKey] = tell
    if (derived !== base) Object.setPrototypeOf(response, derived)
    return true
  }
}
