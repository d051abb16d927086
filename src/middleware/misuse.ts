/**
 * The misuses of the first hour. Each is recognised by what a framework hands over, for certain
 * only, and answered with one sentence that says what to write instead.
 */

type Thing = Record<string, unknown> | undefined

/** What of a value may be looked into: objects and functions. */
function thing(value: unknown): Thing {
  const looksInto = typeof value === 'function' || (typeof value === 'object' && value !== null)
  return looksInto ? (value as Thing) : undefined
}

const isCallable = (value: unknown): boolean => typeof value === 'function'

/** A WHATWG request: Hono's `c.req.raw`, h3's `event.req`, SvelteKit's `event.request`. */
function isWebRequest(value: unknown): boolean {
  return isCallable(thing(thing(value)?.headers)?.get)
}

function isFastify(value: unknown): boolean {
  return isCallable(thing(value)?.decorateRequest) && isCallable(thing(value)?.addHook)
}

/** Fastify's own request, which hooks get. */
function isFastifyRequest(value: unknown): boolean {
  const raw = thing(thing(value)?.raw)
  return raw !== undefined && 'socket' in raw
}

function isHonoContext(value: unknown): boolean {
  return isWebRequest(thing(thing(value)?.req)?.raw)
}

function isNodeRequest(value: unknown): boolean {
  const request = thing(value)
  return request !== undefined && 'headers' in request && 'socket' in request
}

function isKoaContext(value: unknown): boolean {
  return isNodeRequest(thing(value)?.req) && thing(thing(value)?.res) !== undefined
}

const FASTIFY =
  "In Fastify, import deepseekGuard from 'deepseek-guard/fastify' and write " +
  'await app.register(deepseekGuard, options).'

const HONO =
  "In Hono, import deepseekGuard from 'deepseek-guard/hono' and write app.use(deepseekGuard())."

const WEB =
  'This framework hands over a WHATWG Request: write deepseek.respond(request), ' +
  'which gives the answer of the health endpoints, or undefined for other paths.'

/** What to write in the framework that hands this over; undefined for Node's own request. */
function adviceFor(given: unknown): string | undefined {
  if (isFastify(given) || isFastifyRequest(given)) return FASTIFY
  if (isHonoContext(given)) return HONO
  const { req, request } = thing(given) ?? {}
  return [given, req, request].some(isWebRequest) ? WEB : undefined
}

/**
 * What is wrong when the options of `deepseekGuard` are a framework's request, context or
 * application: the function itself was given to the framework.
 */
export function uncalled(given: unknown): TypeError | undefined {
  const advice = foreign(given)
  if (advice) return advice
  if (!isNodeRequest(given) && !isKoaContext(given)) return undefined
  return new TypeError(
    'deepseekGuard makes the middleware: write app.use(deepseekGuard()), with parentheses.',
  )
}

/** What is wrong when a framework that needs another entry calls the guard for Node's own. */
export function foreign(first: unknown): TypeError | undefined {
  const advice = adviceFor(first)
  return advice === undefined ? undefined : new TypeError(advice)
}

/**
 * Throws where the framework catches: Fastify takes a plugin's rejection, and ends the process when
 * one throws.
 */
export function refuse(error: TypeError, given: unknown): Promise<never> {
  if (isFastify(given)) return Promise.reject(error)
  throw error
}

/** @throws TypeError when Node's own frameworks call the guard of another entry. */
export function refuseNode(first: unknown, entry: string): void {
  if (isNodeRequest(first) || isKoaContext(first)) {
    throw new TypeError(
      `Here the guard is the one of 'deepseek-guard/${entry}': in Express, Koa and node:http, ` +
        "import deepseekGuard from 'deepseek-guard' and write app.use(deepseekGuard()).",
    )
  }
}

/**
 * `new OpenAI(deepseek)` reads `apiKey` of the guard itself, where SDKs would otherwise fall back
 * to an environment variable and call without the guard. Not enumerable, so that neither a spread
 * nor a printer reads it.
 */
export function refuseAsClient(guard: object): void {
  Object.defineProperty(guard, 'apiKey', {
    configurable: true,
    enumerable: false,
    get(): never {
      throw new TypeError(
        'The guard itself is not a set of client options: write new OpenAI(deepseek.client).',
      )
    },
  })
}
