import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context, Next } from 'hono'
import { type Answer, matchEndpoint } from '../guard/answer'
import { toResponse } from '../guard/endpoints'
import { createGuard, type GuardMembers, type HealthEndpoints } from '../guard/guard'
import type { GuardOptions } from '../guard/options'
import { refuse, refuseNode, uncalled } from './misuse'
import { attacher, completeGuard, endpointAnswer } from './universal'

/** A Hono middleware that answers or passes. */
export type HonoHandler = (c: Context, next: Next) => Promise<Response | undefined>

/** The guard: itself a Hono middleware, with everything else as members. */
export interface HonoDeepSeekGuard extends HonoHandler, GuardMembers {
  /**
   * A middleware for routes that need DeepSeek: answers 503 `application/problem+json` with
   * `Retry-After` while health is `fail`, else passes. `app.get(path, deepseek.required, …)`,
   * without the parentheses, does the same.
   */
  required: HonoHandler & (() => HonoHandler)
}

declare module 'hono' {
  interface ContextVariableMap {
    deepseek: HonoDeepSeekGuard
  }
}

/** What `@hono/node-server` hands over; absent elsewhere and under `app.request()`. */
interface NodeBindings {
  incoming?: IncomingMessage
  outgoing?: ServerResponse
}

/** The answer of a health endpoint; undefined for every other route. */
function healthAnswer(
  endpoints: HealthEndpoints,
  c: Context,
  node: NodeBindings,
): Answer | undefined {
  const { path } = endpoints
  const endpoint = path === undefined ? undefined : matchEndpoint(c.req.path, path)
  if (!endpoint) return undefined
  return endpointAnswer(endpoints, endpoint, c.req.method, c.req.header(), node.incoming)
}

/**
 * What `@hono/node-server` takes as the sign that `outgoing` was written to by somebody else. A
 * clone, because its own quick kind of `Response` is written out whatever it says.
 */
function alreadySent(): Response {
  return new Response(null, { headers: { 'x-hono-already-sent': 'true' } }).clone()
}

/**
 * The guard as a Hono middleware: serves the health endpoints and sets `c.get('deepseek')`.
 *
 * @throws ConfigError when the environment is wrong, TypeError when an option is.
 * @example
 * const deepseek = deepseekGuard()
 * app.use(deepseek)
 * app.get('/chat', deepseek.required(), handler)
 */
export function deepseekGuard(options?: GuardOptions): HonoDeepSeekGuard {
  const misuse = uncalled(options)
  if (misuse) return refuse(misuse, options) as never
  const { members, endpoints } = createGuard(options)
  const attachTo = attacher(endpoints.path)

  const attach = (c: Context): void => {
    refuseNode(c, 'hono')
    const left = { deepseek: c.get('deepseek') }
    attachTo(left, guard)
    c.set('deepseek', guard)
  }

  const handler: HonoHandler = async (c, next) => {
    attach(c)
    const node: NodeBindings = c.env ?? {}
    const answer = healthAnswer(endpoints, c, node)
    if (!answer) return void (await next())
    const { outgoing } = node
    const { aborts } = endpoints
    const sent =
      outgoing !== undefined &&
      !aborts.mayLeave(outgoing) &&
      (await new Promise<boolean>((go) => aborts.release(outgoing, answer, go)))
    return sent ? alreadySent() : toResponse(answer, c.req.method)
  }

  const required: HonoHandler = async (c, next) => {
    attach(c)
    const answer = endpoints.required()
    if (answer) return toResponse(answer, c.req.method)
    return void (await next())
  }

  const guard: HonoDeepSeekGuard = completeGuard(
    Object.assign(handler, members),
    endpoints,
    required,
  )
  return guard
}
