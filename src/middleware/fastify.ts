import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Answer } from '../guard/answer'
import { createGuard, type GuardMembers, type HealthEndpoints } from '../guard/guard'
import type { GuardOptions } from '../guard/options'
import { refuseNode } from './misuse'
import { completeGuard, healthAnswer } from './universal'

/** A Fastify hook, for `preHandler` or `onRequest` of routes that need DeepSeek. */
export type FastifyRequired = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: () => void,
) => void

/** The guard as `app.deepseek` and `request.deepseek` hold it. */
export interface FastifyDeepSeekGuard extends GuardMembers {
  /**
   * A `preHandler` for routes that need DeepSeek: answers 503 `application/problem+json` with
   * `Retry-After` while health is `fail`, else passes. `preHandler: app.deepseek.required`, without
   * the parentheses, does the same.
   */
  required: FastifyRequired & (() => FastifyRequired)
}

declare module 'fastify' {
  interface FastifyInstance {
    deepseek: FastifyDeepSeekGuard
  }
  interface FastifyRequest {
    deepseek: FastifyDeepSeekGuard
  }
}

/** Bytes: to a text Fastify would add a charset, which `application/health+json` does not have. */
function send(answer: Answer, reply: FastifyReply): void {
  reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body))
}

/** The hook runs before routing is decided, so that no route, prefix or 404 handler is touched. */
function healthHook(endpoints: HealthEndpoints) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const answer = healthAnswer(endpoints, request.raw)
    // HTTP/2 responses have the same events.
    const res = reply.raw as ServerResponse
    if (!answer) done()
    else if (endpoints.aborts.mayLeave(res)) send(answer, reply)
    else {
      endpoints.aborts.release(res, answer, (sent) => {
        if (sent) reply.hijack()
        else send(answer, reply)
      })
    }
  }
}

function requiredHook(endpoints: HealthEndpoints): FastifyRequired {
  return (_request, reply, done) => {
    const answer = endpoints.required()
    if (answer) send(answer, reply)
    else done()
  }
}

/** What the plugin needs came with this version: `preClose`, and errors of `register`. */
const LEAST = [4, 20] as const

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])
}

/** @throws Error when the guard is there already, or Fastify is too old, TypeError elsewhere. */
function checkApplication(app: FastifyInstance): void {
  refuseNode(app, 'fastify')
  const { version } = app
  if (typeof version === 'string' && isOld(version)) {
    throw new Error(
      `deepseek-guard/fastify needs Fastify ${LEAST.join('.')} or newer, not ${version}.`,
    )
  }
  if (app.hasDecorator('deepseek')) {
    throw new Error(
      'This Fastify instance has a guard already: register deepseekGuard once, on the root.',
    )
  }
}

async function plugin(app: FastifyInstance, options: GuardOptions): Promise<void> {
  checkApplication(app)
  const { members, endpoints } = createGuard(options)
  const guard: FastifyDeepSeekGuard = completeGuard(
    { ...members },
    endpoints,
    requiredHook(endpoints),
  )
  app.decorate('deepseek', guard)
  app.decorateRequest('deepseek', { getter: () => guard })
  app.addHook('onRequest', healthHook(endpoints))
  app.addHook('preClose', async () => guard.drain())
  app.addHook('onClose', () => guard.close())
}

/**
 * The guard as a Fastify plugin: serves the health endpoints, decorates `app.deepseek` and
 * `request.deepseek` of the whole instance it is registered on, and closes with the application.
 *
 * @throws ConfigError when the environment is wrong, TypeError when an option is: both make
 *   `app.register` reject.
 * @example
 * await app.register(deepseekGuard)
 * app.get('/chat', { preHandler: app.deepseek.required() }, handler)
 */
export const deepseekGuard = Object.assign(plugin, {
  // What fastify-plugin sets: decorators and hooks belong to the parent, not to a child scope.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'deepseek-guard',
})
