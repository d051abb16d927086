import 'reflect-metadata'
import {
  type ArgumentsHost,
  Body,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  HttpCode,
  HttpException,
  Inject,
  Injectable,
  Module,
  NotFoundException,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common'
import { BaseExceptionFilter, HttpAdapterHost, NestFactory } from '@nestjs/core'
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus'
import type { Request, Response } from 'express'
import type { GuardOptions } from '../../src/guard/options'
import {
  DeepSeekGuardModule,
  DeepSeekHealthIndicator,
  DeepSeekRequired,
  InjectDeepSeek,
} from '../../src/middleware/nestjs'
import type { DeepSeekGuard } from '../../src/middleware/universal'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'
import { guardContract, type StartApp } from './contract'

@Injectable()
class Holder {
  constructor(@InjectDeepSeek() readonly guard: DeepSeekGuard) {}
}

@Controller()
class Routes {
  constructor(@Inject(Holder) private readonly holder: Holder) {}

  @Get('plain') plain() {
    return 'plain'
  }

  @Get('async') async async() {
    await new Promise(setImmediate)
    return { async: true }
  }

  @Post('echo') @HttpCode(200) echo(@Body() body: unknown) {
    return body
  }

  @Get('fault') fault() {
    throw new Error('boom')
  }

  @Get('same') same(@Req() request: Request) {
    return request.deepseek === this.holder.guard ? 'same' : 'other'
  }

  @Get('needs') @UseGuards(DeepSeekRequired) needs() {
    return 'passed'
  }
}

@Controller('mounted')
class Mounted {
  @Get('inner') inner() {
    return 'inner'
  }
}

@Controller('page')
class Page {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(DeepSeekHealthIndicator) private readonly deepseek: DeepSeekHealthIndicator,
  ) {}

  @Get() @HealthCheck() check() {
    return this.health.check([() => this.deepseek.isHealthy()])
  }
}

/** The application's own words for faults and unknown paths; the rest as Nest does it. */
@Catch()
class Faults extends BaseExceptionFilter implements ExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse<Response>()
    if (exception instanceof NotFoundException) response.status(404).send('nothing here')
    else if (exception instanceof HttpException) super.catch(exception, host)
    else response.status(500).send(`handled ${(exception as Error).message}`)
  }
}

type Platform = ExpressAdapter | FastifyAdapter

async function startNest(options: GuardOptions, platform: Platform = new ExpressAdapter()) {
  @Module({
    imports: [DeepSeekGuardModule.forRoot(options), TerminusModule.forRoot({ logger: false })],
    controllers: [Routes, Mounted, Page],
    providers: [Holder],
  })
  class AppModule {}
  const app = await NestFactory.create<NestExpressApplication | NestFastifyApplication>(
    AppModule,
    platform,
    { logger: false, abortOnError: false, forceCloseConnections: true },
  )
  app.useGlobalFilters(new Faults(app.get(HttpAdapterHost).httpAdapter))
  return app
}

function starter(makePlatform: () => Platform): StartApp {
  return async (options) => {
    const app = await startNest(options, makePlatform())
    await app.listen(0, '127.0.0.1')
    return { url: await app.getUrl(), guard: app.get(Holder).guard, close: () => app.close() }
  }
}

const start = starter(() => new ExpressAdapter())
guardContract('NestJS 12 on Express', start)
guardContract(
  'NestJS 12 on Fastify',
  starter(() => new FastifyAdapter()),
)

describe('NestJS 12, beyond the contract', () => {
  let fake: FakeDeepSeek
  beforeEach(async () => {
    fake = await startFakeDeepSeek()
  })
  afterEach(() => fake.close())

  const options = (): GuardOptions => ({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    logger: false,
    health: { confirmDelayMs: 1 },
  })

  test('a terminus page includes DeepSeek as up', async () => {
    const app = await start(options())
    await app.guard.ready()
    const response = await fetch(`${app.url}/page`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ info: { deepseek: { status: 'up' } } })
    await app.close()
  })

  test('a terminus page calls an empty balance degraded and stays at 200', async () => {
    fake.setBalance(false)
    const app = await start(options())
    await app.guard.ready()
    const response = await fetch(`${app.url}/page`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ info: { deepseek: { status: 'degraded' } } })
    await app.close()
  })

  test('a terminus page turns 503 when the credential is refused', async () => {
    fake.revoke(fake.key)
    const app = await start(options())
    await expect(app.guard.ready()).rejects.toThrow()
    const response = await fetch(`${app.url}/page`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { deepseek: { status: 'down' } } })
    await app.close()
  })

  test('a global prefix moves the routes and not the health path', async () => {
    const app = await startNest(options())
    app.setGlobalPrefix('api')
    await app.listen(0, '127.0.0.1')
    const url = await app.getUrl()
    expect((await fetch(`${url}/health/deepseek/live`)).status).toBe(200)
    expect(await (await fetch(`${url}/api/plain`)).text()).toBe('plain')
    await app.close()
  })

  test('forRootAsync takes options that other providers know, and closes with them', async () => {
    @Module({ providers: [{ provide: 'SETTINGS', useFactory: options }], exports: ['SETTINGS'] })
    class SettingsModule {}
    @Module({
      imports: [
        DeepSeekGuardModule.forRootAsync({
          imports: [SettingsModule],
          inject: ['SETTINGS'],
          useFactory: async (settings: GuardOptions) => settings,
        }),
      ],
      providers: [Holder],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false })
    await app.listen(0, '127.0.0.1')
    const { guard } = app.get(Holder)
    expect(await guard.ready()).toMatchObject({ status: 'pass' })
    expect((await fetch(`${await app.getUrl()}/health/deepseek`)).status).toBe(200)
    await app.close()
    await expect(guard.ready()).rejects.toMatchObject({ code: 'guard-closed' })
  })

  test('forRootAsync without a factory says what to write', () => {
    const wrong = { inject: [] } as never
    expect(() => DeepSeekGuardModule.forRootAsync(wrong)).toThrow(
      new TypeError(
        'forRootAsync needs a factory: forRootAsync({ inject, useFactory: (config) => options }).',
      ),
    )
  })

  test('closing the application closes the guard', async () => {
    const app = await start(options())
    await app.close()
    await expect(app.guard.ready()).rejects.toMatchObject({ code: 'guard-closed' })
  })

  test('a wrong environment makes the application fail to start', async () => {
    const env = { DEEPSEEK_API_KEY: 'your-api-key' }
    await expect(startNest({ env, logger: false })).rejects.toMatchObject({ code: 'config' })
  })
})
