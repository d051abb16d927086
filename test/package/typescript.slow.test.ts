import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConsumer, removeConsumers, runNode, runTool } from './consumer'
import { describeProject } from './on-demand'

jest.setTimeout(180_000)
afterAll(removeConsumers)

/** What TypeScript and Node's types need; every consumer of a Node package has them. */
const BASE = ['typescript', '@types/node']

const PLAIN = `
  import {
    type CredentialSource, type DeepSeekGuard, type Diagnosis, type GuardOptions, type Health,
    ConfigError, causes, checkEnv, deepseekGuard, diagnose, fromFunction,
  } from 'deepseek-guard'
  import { type FakeDeepSeek, type FailureMode, replies, startFakeDeepSeek } from 'deepseek-guard/testing'

  const fake: FakeDeepSeek = await startFakeDeepSeek()
  const source: CredentialSource = fromFunction(() => fake.key)
  const options: GuardOptions = { env: {}, baseURL: fake.url, credential: source, logger: false }
  const guard: DeepSeekGuard = deepseekGuard(options)
  const health: Health = await guard.ready({ timeoutMs: 10_000 })
  const mode: FailureMode = 'busy'
  fake.fail(mode, 1)
  const response = await guard.fetch(new URL('/models', fake.url))
  const diagnosis: Diagnosis = diagnose({ response: { status: response.status } })
  const title: string = causes[diagnosis.cause].title
  const ok: boolean = checkEnv({}).ok || replies.busy.status !== 503 || title === ''
  const wrong: unknown = new ConfigError([]).findings
  console.log(health.status, response.status, ok, Array.isArray(wrong))
  await guard.close()
  await fake.close()
  // @ts-expect-error: a misspelt option does not compile
  const misspelt: GuardOptions = { baseUrl: fake.url }
  void misspelt
`

/** One file a framework, so that a fault names its framework. */
const FRAMEWORKS: Record<string, { packages: string[]; file: string }> = {
  express: {
    packages: ['express', '@types/express'],
    file: `
      import { deepseekGuard } from 'deepseek-guard'
      import express from 'express'
      const deepseek = deepseekGuard({ logger: false })
      const app = express()
      app.use(deepseek)
      app.get('/', deepseek.required(), (req, res) => {
        res.send(req.deepseek?.health().status)
      })`,
  },
  koa: {
    packages: ['koa', '@types/koa'],
    file: `
      import { deepseekGuard } from 'deepseek-guard'
      import Koa from 'koa'
      const deepseek = deepseekGuard({ logger: false })
      new Koa().use(deepseek).use(deepseek.required())`,
  },
  fastify: {
    packages: ['fastify'],
    file: `
      import { deepseekGuard } from 'deepseek-guard/fastify'
      import Fastify from 'fastify'
      const app = Fastify()
      await app.register(deepseekGuard, { logger: false })
      app.get('/', { preHandler: app.deepseek.required() }, (request) => request.deepseek.health())`,
  },
  hono: {
    packages: ['hono'],
    file: `
      import { deepseekGuard } from 'deepseek-guard/hono'
      import { Hono } from 'hono'
      const deepseek = deepseekGuard({ logger: false })
      const app = new Hono()
      app.use(deepseek)
      app.get('/', deepseek.required(), (c) => c.json(c.get('deepseek').health()))`,
  },
  nest: {
    packages: [
      '@nestjs/common',
      '@nestjs/core',
      '@nestjs/terminus',
      '@nestjs/platform-express',
      'reflect-metadata',
      'rxjs',
      '@types/express',
    ],
    file: `
      import 'reflect-metadata'
      import { Controller, Get, Module, UseGuards } from '@nestjs/common'
      import type { DeepSeekGuard } from 'deepseek-guard'
      import { DeepSeekGuardModule, DeepSeekRequired, InjectDeepSeek } from 'deepseek-guard/nestjs'
      @Controller()
      class ChatController {
        constructor(@InjectDeepSeek() private readonly deepseek: DeepSeekGuard) {}
        @Get() @UseGuards(DeepSeekRequired) chat() { return this.deepseek.health() }
      }
      @Module({ imports: [DeepSeekGuardModule.forRoot({})], controllers: [ChatController] })
      export class AppModule {}`,
  },
  openai: {
    packages: ['openai', '@ai-sdk/deepseek', '@anthropic-ai/sdk'],
    file: `
      import Anthropic from '@anthropic-ai/sdk'
      import { createDeepSeek } from '@ai-sdk/deepseek'
      import { deepseekGuard } from 'deepseek-guard'
      import OpenAI from 'openai'
      const { client } = deepseekGuard({ logger: false })
      export const clients = [new OpenAI(client), createDeepSeek(client), new Anthropic(client)]`,
  },
}

/** The three resolvers; `bundler` needs a module format of its own. */
const RESOLVERS = [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const

function config(module: string, moduleResolution: string): string {
  return JSON.stringify({
    compilerOptions: {
      target: 'es2023',
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: false,
      skipLibCheck: false,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      types: ['node'],
      rootDir: '.',
      outDir: 'out',
    },
    include: ['*.mts', '*.cts'],
  })
}

/** Faults in the consumer's own files and in our declarations; other packages answer for theirs. */
function ourFaults(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /error TS/.test(line))
    .filter((line) => !/^(\.\.\/|\/).*node_modules\/(?!deepseek-guard\/)/.test(line))
}

/** Compiles one file for each framework and gives the faults that are ours. */
async function compileFrameworks(names: string[], module: string, resolution: string) {
  const files = names.map((name) => [`${name}.mts`, FRAMEWORKS[name]!.file])
  const packages = names.flatMap((name) => FRAMEWORKS[name]!.packages)
  const project = createConsumer(
    { ...Object.fromEntries(files), 'tsconfig.json': config(module, resolution) },
    [...new Set([...BASE, ...packages])],
  )
  const { stdout } = await runTool(project, 'typescript/bin/tsc', ['-p', project])
  return ourFaults(stdout)
}

describe.each(RESOLVERS)('module %s with resolution %s', (module, resolution) => {
  test('compiles without any framework, and the result runs', async () => {
    const project = createConsumer(
      { 'app.mts': PLAIN, 'tsconfig.json': config(module, resolution) },
      BASE,
    )
    const compiled = await runTool(project, 'typescript/bin/tsc', ['-p', project])
    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' })
    const run = await runNode(project, ['out/app.mjs'])
    expect(run).toEqual({ code: 0, stdout: 'pass 503 false true\n', stderr: '' })
  })

  test('compiles with every framework installed', async () => {
    const faults = await compileFrameworks(Object.keys(FRAMEWORKS), module, resolution)
    expect(faults).toEqual([])
  })
})

test('a CommonJS TypeScript project compiles and runs', async () => {
  const project = createConsumer(
    {
      'app.cts': `
        import { checkEnv } from 'deepseek-guard'
        import testing = require('deepseek-guard/testing')
        console.log(checkEnv({}).ok, testing.replies.governor.status)`,
      'tsconfig.json': config('nodenext', 'nodenext'),
    },
    BASE,
  )
  const compiled = await runTool(project, 'typescript/bin/tsc', ['-p', project])
  expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' })
  const run = await runNode(project, ['out/app.cjs'])
  expect(run).toEqual({ code: 0, stdout: 'false 401\n', stderr: '' })
})

/** Everything that a strict project switches on, and nothing of a browser. */
const STRICT = JSON.stringify({
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    isolatedDeclarations: true,
    declaration: true,
    skipLibCheck: false,
    types: ['node'],
    rootDir: '.',
    outDir: 'out',
  },
  include: ['*.mts'],
})

test('compiles without the DOM library, without frameworks, with every strict option', async () => {
  const project = createConsumer(
    {
      'app.mts': `
        import { type DeepSeekGuard, type GuardOptions, deepseekGuard, sharedGuard } from 'deepseek-guard'
        import { redisStore } from 'deepseek-guard/redis'
        import { type FakeDeepSeek, startFakeDeepSeek, storeContract } from 'deepseek-guard/testing'
        import 'deepseek-guard/register'
        const { BASE_URL: baseURL, ORIGIN: origin } = process.env
        export const options: GuardOptions = {
          baseURL,
          logger: console,
          health: origin ? false : undefined,
          outbound: { origins: origin ? [origin] : undefined },
        }
        export const guard: DeepSeekGuard = deepseekGuard(options)
        export const answer: Response | undefined = guard.respond(new Request('http://a.example'))
        export const fake: Promise<FakeDeepSeek> = startFakeDeepSeek()
        void [sharedGuard, redisStore, storeContract]`,
      'tsconfig.json': STRICT,
    },
    BASE,
  )
  const compiled = await runTool(project, 'typescript/bin/tsc', ['-p', project])
  expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' })
})

test("Koa's state is typed through the augmentation that the README shows", async () => {
  const project = createConsumer(
    {
      'app.mts': `
        import { type DeepSeekGuard, deepseekGuard } from 'deepseek-guard'
        import Koa from 'koa'
        declare module 'koa' {
          interface DefaultState {
            deepseek: DeepSeekGuard
          }
        }
        const app = new Koa()
        app.use(deepseekGuard())
        app.use((ctx) => {
          ctx.body = ctx.state.deepseek.health().status
          // @ts-expect-error: there is no status of that name
          void (ctx.state.deepseek.health().status === 'ok')
        })`,
      'tsconfig.json': config('nodenext', 'nodenext'),
    },
    [...BASE, 'koa', '@types/koa'],
  )
  const { stdout } = await runTool(project, 'typescript/bin/tsc', ['-p', project])
  expect(ourFaults(stdout)).toEqual([])
})

/** The last TypeScript with the resolver that reads no exports map, and Express's types before 5. */
const OLD = { typescript: '~5.9.0', '@types/node': '^22', '@types/express': '^4' }

describeProject('old-types', OLD, (folder) => {
  const compile = (file: string, options: object) => {
    const compilerOptions = { strict: true, types: ['node'], noEmit: true, ...options }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
    return runNode(folder, [join(folder, 'node_modules/typescript/bin/tsc'), '-p', folder])
  }
  const done = { code: 0, stdout: '', stderr: '' }

  test('moduleResolution node finds the subpaths', async () => {
    const text = `
      import { deepseekGuard } from 'deepseek-guard'
      import { redisStore } from 'deepseek-guard/redis'
      import { startFakeDeepSeek } from 'deepseek-guard/testing'
      import { guardMetrics } from 'deepseek-guard/metrics'
      import 'deepseek-guard/register'
      void [deepseekGuard, redisStore, startFakeDeepSeek, guardMetrics]`
    writeFileSync(join(folder, 'app.ts'), text)
    const old = { module: 'commonjs', moduleResolution: 'node', target: 'es2022', lib: ['es2023'] }
    expect(await compile('app.ts', { ...old, esModuleInterop: true })).toEqual(done)
  })

  test('the types of Express 4 know the guard', async () => {
    const text = `
      import { deepseekGuard } from 'deepseek-guard'
      import express from 'express'
      const deepseek = deepseekGuard()
      const app = express()
      app.use(deepseek)
      app.get('/', deepseek.required, (req, res) => void res.send(req.deepseek.health().status))`
    writeFileSync(join(folder, 'app.mts'), text)
    expect(await compile('app.mts', { module: 'nodenext', target: 'es2023' })).toEqual(done)
  })
})
