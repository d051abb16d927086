// Nest 12 is ES modules only: types imported the usual way would make TypeScript's node16 refuse
// the declarations of this CommonJS package.
import type {
  BeforeApplicationShutdown,
  CanActivate,
  DynamicModule,
  ExecutionContext,
  FactoryProvider,
  NestModule,
  OnApplicationShutdown,
} from '@nestjs/common' with { 'resolution-mode': 'import' }
import type { HttpAdapterHost as AdapterHost } from '@nestjs/core' with {
  'resolution-mode': 'import',
}
import type { FastifyInstance } from 'fastify'
import { createGuard, type HealthEndpoints } from '../guard/guard'
import type { GuardOptions } from '../guard/options'
import { requirePeer } from '../observability/measurement'
import { type DeepSeekGuard, universalGuard } from './universal'

type Common = typeof import('@nestjs/common', { with: { 'resolution-mode': 'import' }})
type Core = typeof import('@nestjs/core', { with: { 'resolution-mode': 'import' }})

// Required here and not at the top: so a project without Nest is told what to install.
const { HttpException, Inject, Injectable, Module } = requirePeer(
  () => require('@nestjs/common') as Common,
  '@nestjs/common',
  'deepseek-guard/nestjs',
)
const { HttpAdapterHost } = requirePeer(
  () => require('@nestjs/core') as Core,
  '@nestjs/core',
  'deepseek-guard/nestjs',
)

/** Tokens: what `createGuard` made, and the guard in the form that applications inject. */
const MADE = Symbol('deepseek-guard.made')
const GUARD = Symbol('deepseek-guard')

/** Injects the guard: `constructor(@InjectDeepSeek() private readonly deepseek: DeepSeekGuard)`. */
export function InjectDeepSeek(): PropertyDecorator & ParameterDecorator {
  return Inject(GUARD)
}

/**
 * For `@UseGuards(DeepSeekRequired)`: while health is `fail` the route answers 503
 * `application/problem+json` with `Retry-After`, by way of Nest's exception filters.
 */
@Injectable()
export class DeepSeekRequired implements CanActivate {
  readonly #endpoints: HealthEndpoints
  readonly #host: AdapterHost

  constructor(
    @Inject(MADE) made: { endpoints: HealthEndpoints },
    @Inject(HttpAdapterHost) host: AdapterHost,
  ) {
    this.#endpoints = made.endpoints
    this.#host = host
  }

  /** @throws HttpException with status 503 while health is `fail`. */
  canActivate(context: ExecutionContext): boolean {
    const answer = this.#endpoints.required()
    if (!answer) return true
    if (context.getType() === 'http') {
      const response: unknown = context.switchToHttp().getResponse()
      for (const [name, value] of Object.entries(answer.headers)) {
        this.#host.httpAdapter.setHeader(response, name, value)
      }
    }
    throw new HttpException(JSON.parse(answer.body), answer.status)
  }
}

/** What an indicator gives to `HealthCheckService.check()` of `@nestjs/terminus`. */
export type DeepSeekHealthResult<Key extends string> = Record<
  Key,
  { status: 'up' | 'degraded' | 'down' }
>

/**
 * An indicator for `@nestjs/terminus`: `health.check([() => deepseek.isHealthy()])`. Reads the
 * current health, never the network: `pass` is up, `warn` degraded (200), `fail` down (503).
 */
@Injectable()
export class DeepSeekHealthIndicator {
  readonly #guard: DeepSeekGuard

  constructor(@Inject(GUARD) guard: DeepSeekGuard) {
    this.#guard = guard
  }

  /** `key` is the name on the health page, `deepseek` by default. */
  isHealthy<Key extends string = 'deepseek'>(key?: Key): DeepSeekHealthResult<Key> {
    const words = { pass: 'up', warn: 'degraded', fail: 'down' } as const
    const status = words[this.#guard.health().status]
    return { [key ?? 'deepseek']: { status } } as DeepSeekHealthResult<Key>
  }
}

/** How `forRootAsync` comes by the guard's options. */
export interface DeepSeekGuardAsyncOptions {
  /** Modules whose providers the factory needs. */
  imports?: DynamicModule['imports'] | undefined
  /** What the factory is called with, in this order. */
  inject?: FactoryProvider['inject'] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: what is injected is the application's business
  useFactory: (...injected: any[]) => GuardOptions | undefined | Promise<GuardOptions | undefined>
}

function moduleWith({ imports, inject, useFactory }: DeepSeekGuardAsyncOptions): DynamicModule {
  const make = async (...injected: unknown[]) => createGuard(await useFactory(...injected))
  return {
    module: DeepSeekGuardModule,
    global: true,
    ...(imports && { imports }),
    providers: [
      { provide: MADE, useFactory: make, ...(inject && { inject }) },
      { provide: GUARD, useFactory: universalGuard, inject: [MADE] },
      DeepSeekRequired,
      DeepSeekHealthIndicator,
    ],
    exports: [MADE, GUARD, DeepSeekRequired, DeepSeekHealthIndicator],
  }
}

/** Serves the health endpoints, sets `req.deepseek`, shuts the guard down with the application. */
@Module({})
export class DeepSeekGuardModule
  implements NestModule, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #guard: DeepSeekGuard
  readonly #host: AdapterHost

  constructor(@Inject(GUARD) guard: DeepSeekGuard, @Inject(HttpAdapterHost) host: AdapterHost) {
    this.#guard = guard
    this.#host = host
  }

  /**
   * The module for the root module's `imports`; global, so that every module can inject the guard.
   * The guard is made with the application: a wrong environment makes `NestFactory.create` fail
   * with ConfigError, a wrong option with TypeError.
   */
  static forRoot(options?: GuardOptions): DynamicModule {
    return moduleWith({ useFactory: () => options })
  }

  /**
   * The same, with options that other providers know, such as a `ConfigService`.
   *
   * @example
   * DeepSeekGuardModule.forRootAsync({
   *   imports: [ConfigModule],
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ credential: config.getOrThrow('DEEPSEEK_KEY') }),
   * })
   */
  static forRootAsync(options: DeepSeekGuardAsyncOptions): DynamicModule {
    if (typeof options?.useFactory !== 'function') {
      throw new TypeError(
        'forRootAsync needs a factory: forRootAsync({ inject, useFactory: (config) => options }).',
      )
    }
    return moduleWith(options)
  }

  /**
   * Nest calls it before it adds the routes. The middleware goes straight to the HTTP server:
   * `consumer.apply()` would put the application's global prefix in front of the health path.
   */
  configure(): void {
    const guard = this.#guard
    const { httpAdapter } = this.#host
    httpAdapter.use(guard)
    // There the middleware sees Node's request, which is not the one that handlers get.
    if (httpAdapter.getType() === 'fastify') {
      const fastify: FastifyInstance = httpAdapter.getInstance()
      fastify.addHook(
        'onRequest',
        async (request) => void Object.assign(request, { deepseek: guard }),
      )
    }
  }

  /** Readiness fails while the server still takes what is under way. */
  beforeApplicationShutdown(): void {
    this.#guard.drain()
  }

  onApplicationShutdown(): Promise<void> {
    return this.#guard.close()
  }
}
