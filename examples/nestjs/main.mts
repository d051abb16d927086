/**
 * NestJS: `forRoot` validates the environment while the module is built, `@InjectDeepSeek()` gives
 * the guard to any provider, `DeepSeekRequired` keeps requests away while DeepSeek cannot be used,
 * and `DeepSeekHealthIndicator` joins the checks of `@nestjs/terminus`.
 *
 *   npx tsc -p examples/nestjs
 *   DEEPSEEK_API_KEY=sk-... node examples/nestjs/dist/main.mjs
 *   curl 'localhost:3000/chat?message=Hello' ; curl localhost:3000/health
 */
import 'reflect-metadata'
import { Controller, Get, Inject, Module, Query, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus'
import type { DeepSeekGuard } from 'deepseek-guard'
import {
  DeepSeekGuardModule,
  DeepSeekHealthIndicator,
  DeepSeekRequired,
  InjectDeepSeek,
} from 'deepseek-guard/nestjs'
import OpenAI from 'openai'

@Controller()
class ChatController {
  readonly #openai: OpenAI

  constructor(@InjectDeepSeek() deepseek: DeepSeekGuard) {
    this.#openai = new OpenAI(deepseek.client)
  }

  @Get('chat')
  @UseGuards(DeepSeekRequired)
  async chat(@Query('message') message: string) {
    const completion = await this.#openai.chat.completions.create({
      model: 'deepseek-flash',
      messages: [{ role: 'user', content: message }],
    })
    return { answer: completion.choices[0]?.message.content }
  }
}

@Controller('health')
class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(DeepSeekHealthIndicator) private readonly deepseek: DeepSeekHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.deepseek.isHealthy('deepseek')])
  }
}

@Module({
  imports: [DeepSeekGuardModule.forRoot({}), TerminusModule],
  controllers: [ChatController, HealthController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
await app.listen(Number(process.env.PORT || 3000))
console.log(`Listening on ${(await app.getUrl()).replace('[::1]', 'localhost')}`)

// Nest drains the guard, closes the server, then the guard.
process.once('SIGTERM', () => app.close())
