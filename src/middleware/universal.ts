import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AbortCounter, sendAnswer } from '../guard/aborts'
import { type Answer, type Endpoint, isLocal, matchEndpoint } from '../guard/answer'
import { createGuard } from '../guard/guard'
import type { Guard, GuardMembers, HealthEndpoints } from '../guard/members'
import type { GuardOptions } from '../guard/options'
import { foreign, refuse, refuseAsClient, uncalled } from './misuse'

type Next = (error?: unknown) => unknown

/** The part of a Koa context that is touched. */
interface KoaLike {
  req: IncomingMessage
  res: ServerResponse
  state: Record<string, unknown>
  status: number
  body: unknown
  /** False: the answer has left already. */
  respond?: boolean
}

/**
 * One handler in two forms: `(req, res, next)` for Express, Connect, Polka and `node:http`, and
 * `(ctx, next)` for Koa.
 */
export interface UniversalHandler {
  (req: IncomingMessage, res: ServerResponse, next?: Next): void
  // biome-ignore lint/suspicious/noExplicitAny: a Koa context of any version and state
  (ctx: any, next: () => Promise<unknown>): Promise<unknown>
}

declare global {
  namespace Express {
    // Merges with the types of Express where they are installed, and harms nobody elsewhere.
    interface Request {
      deepseek: DeepSeekGuard
    }
  }
}

/** The guard: itself the middleware, with everything else as members. */
export interface DeepSeekGuard extends UniversalHandler, GuardMembers {
  /**
   * A handler for routes that need DeepSeek: answers 503 `application/problem+json` with
   * `Retry-After` while health is `fail`, else passes. `app.get(path, deepseek.required, …)`,
   * without the parentheses, does the same.
   */
  required: UniversalHandler & (() => UniversalHandler)
}

function isKoa(first: unknown, second: unknown): first is KoaLike {
  return (
    typeof second === 'function' && typeof first === 'object' && first !== null && 'res' in first
  )
}

function sendKoa(answer: Answer, ctx: KoaLike): void {
  const { res } = ctx
  if (res.headersSent) return
  for (const name in answer.headers) res.setHeader(name, answer.headers[name] ?? '')
  ctx.status = answer.status
  ctx.body = answer.body
}

/** The answer of a health endpoint; undefined for every other route. */
export function healthAnswer(endpoints: HealthEndpoints, req: IncomingMessage): Answer | undefined {
  const { path } = endpoints
  const endpoint = path === undefined ? undefined : matchEndpoint(req.url, path)
  if (!endpoint) return undefined
  return endpointAnswer(endpoints, endpoint, req.method ?? 'GET', req.headers, req)
}

/** The answer of one endpoint to a request, as any framework tells of it. */
export function endpointAnswer(
  endpoints: HealthEndpoints,
  endpoint: Endpoint,
  method: string,
  headers: Readonly<Record<string, unknown>> & { authorization?: string; accept?: string },
  node: IncomingMessage | undefined,
): Answer {
  return endpoints.answer(endpoint, {
    method,
    authorization: headers.authorization,
    accept: headers.accept,
    local: endpoints.trustsLocal && isLocal(node?.socket?.remoteAddress, headers),
  })
}

/** What a handler does with a request: answers it, or passes it on. */
interface Answering {
  answerFor(req: IncomingMessage): Answer | undefined
  /** Absent: every answer may leave at once. */
  aborts?: AbortCounter
  attach(target: object): void
}

/** An answer that may leave at once costs no promise: a load of probes is nearly all such. */
function handleKoa(ctx: KoaLike, next: () => Promise<unknown>, how: Answering) {
  how.attach(ctx.state)
  const answer = how.answerFor(ctx.req)
  if (!answer) return next()
  const { aborts } = how
  if (!aborts || aborts.mayLeave(ctx.res)) return sendKoa(answer, ctx)
  return new Promise<void>((done) => {
    aborts.release(ctx.res, answer, (sent) => {
      if (sent) ctx.respond = false
      else sendKoa(answer, ctx)
      done()
    })
  })
}

/** Makes a handler in both forms. */
function universal(how: Answering): UniversalHandler {
  return function deepseek(
    first: IncomingMessage | KoaLike,
    second: ServerResponse | Next,
    next?: Next,
  ): unknown {
    // Only Node's own response has this; everything else is looked at twice.
    if (!('writeHead' in Object(second))) {
      const misuse = foreign(first)
      if (misuse) return refuse(misuse, first)
      if (isKoa(first, second)) return handleKoa(first, second as () => Promise<unknown>, how)
    }
    const req = first as IncomingMessage
    const res = second as ServerResponse
    how.attach(req)
    const answer = how.answerFor(req)
    if (!answer) next?.()
    else if (!how.aborts || how.aborts.mayLeave(res)) sendAnswer(answer, res)
    else how.aborts.release(res, answer, (sent) => sent || sendAnswer(answer, res))
    return undefined
  } as UniversalHandler
}

/** Where a guard serves its health; every form of it carries this. */
const PATH = Symbol.for('deepseek-guard.path')

/**
 * Sets what `required` and `apiKey` are on every form of the guard.
 *
 * @param required The handler for routes that need DeepSeek. Used with and without parentheses:
 *   called with arguments it is the handler itself.
 */
export function completeGuard<G extends object, H extends (...args: never[]) => unknown>(
  guard: G,
  endpoints: HealthEndpoints,
  required: H,
): G & { required: H & (() => H) } {
  const either = (...args: Parameters<H>): unknown =>
    args.length === 0 ? required : required(...args)
  Object.defineProperty(guard, PATH, { value: endpoints.path })
  refuseAsClient(guard)
  return Object.assign(guard, { required: either as H & (() => H) })
}

/**
 * Leaves the guard at a request, and says once when another guard of the same path has been there:
 * the first one answers, so the other's health is never seen.
 */
export function attacher(path: string | undefined): (target: object, guard: object) => void {
  let told = false
  return (target: { deepseek?: unknown }, guard) => {
    const other = target.deepseek
    target.deepseek = guard
    if (told || path === undefined || other === guard) return
    if (Reflect.get(Object(other), PATH) !== path) return
    told = true
    process.emitWarning(
      `Two guards serve ${path} in one application, and only the first answers there. Make one ` +
        'guard and share it, or give the second one another health.path.',
      { code: 'DEEPSEEK_GUARD_TWICE' },
    )
  }
}

/** Puts the guard into the form that Node's own frameworks take. */
export function universalGuard({ members, endpoints }: Omit<Guard, 'log'>): DeepSeekGuard {
  const attachTo = attacher(endpoints.path)
  const attach = (target: object): void => attachTo(target, guard)
  const handler = universal({
    answerFor: (req) => healthAnswer(endpoints, req),
    aborts: endpoints.aborts,
    attach,
  })
  const required = universal({ answerFor: () => endpoints.required(), attach })
  const guard: DeepSeekGuard = completeGuard(Object.assign(handler, members), endpoints, required)
  return guard
}

/**
 * Checks the environment, starts watching DeepSeek and returns the guard, which is itself the
 * middleware for Express 4 and 5, Connect, Polka, `node:http` and Koa 2 and 3.
 *
 * @throws ConfigError when the key or another setting is missing or malformed; the report is on
 *   stderr by then.
 * @throws TypeError when an option is misspelt or has the wrong type.
 * @example
 * const deepseek = deepseekGuard()
 * app.use(deepseek)
 * const openai = new OpenAI(deepseek.client)
 */
export function deepseekGuard(options?: GuardOptions): DeepSeekGuard {
  const misuse = uncalled(options)
  if (misuse) return refuse(misuse, options) as never
  return universalGuard(createGuard(options))
}
