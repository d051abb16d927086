import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConsumer, pack, removeConsumers, root, runNode } from './consumer'

jest.setTimeout(120_000)
afterAll(removeConsumers)

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Every name that an entry exports; a change here is a change of the public contract. */
const EXPORTS: Record<string, string[]> = {
  '.': [
    'ConfigError',
    'CredentialRejectedError',
    'DeepSeekGuardError',
    'GuardClosedError',
    'ReadyTimeoutError',
    'TokenError',
    'causes',
    'checkEnv',
    'clientCredentials',
    'deepseekGuard',
    'deepseekPrices',
    'diagnose',
    'fromEnv',
    'fromFile',
    'fromFunction',
    'keyPool',
    'sharedGuard',
    'tokenExchange',
  ],
  './fastify': ['deepseekGuard'],
  './hono': ['deepseekGuard'],
  './nestjs': [
    'DeepSeekGuardModule',
    'DeepSeekHealthIndicator',
    'DeepSeekRequired',
    'InjectDeepSeek',
  ],
  './metrics': ['guardMetrics', 'guardTelemetry'],
  './redis': ['redisStore'],
  './testing': ['replies', 'startFakeDeepSeek', 'storeContract'],
}

/** What Node adds to the names of a CommonJS module that is imported. */
const ADDED_BY_NODE = new Set(['default', 'module.exports', '__esModule'])

/** The packages that must stand beside the tarball for an entry to load. */
const PEERS: Record<string, string[]> = {
  './nestjs': ['@nestjs/common', '@nestjs/core', '@nestjs/terminus', 'reflect-metadata', 'rxjs'],
}

describe('the tarball', () => {
  test('holds dist, README, LICENSE, CHANGELOG and the manifest only', () => {
    const others = pack().files.filter((file) => !file.startsWith('dist/'))
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
  })

  test('holds JavaScript, its maps and declarations in dist, nothing else', () => {
    const strange = pack().files.filter(
      (file) => /^dist\//.test(file) && !/\.(d\.ts|js|js\.map)$/.test(file),
    )
    expect(strange).toEqual([])
  })

  test('holds every file that the manifest names', () => {
    const named = [manifest.main, manifest.types, ...Object.values(manifest.bin)]
    for (const target of Object.values(manifest.exports)) {
      named.push(...(typeof target === 'string' ? [target] : Object.values(target as object)))
    }
    const files = pack().files
    const missing = named.filter((file) => !files.includes(String(file).replace('./', '')))
    expect(missing).toEqual([])
  })

  test('declares its types without a library of its own, which a consumer may not find', () => {
    const declarations = pack().files.filter((file) => file.endsWith('.d.ts'))
    const named = declarations.flatMap((file) => [
      ...readFileSync(join(root, file), 'utf8').matchAll(/(?:from |import\()['"]([^.'"][^'"]*)/g),
    ])
    const peers = ['fastify', 'hono', '@nestjs/common', '@nestjs/core', 'node:http', 'node:util']
    expect(new Set(named.map(([, name]) => name))).toEqual(new Set(peers))
  })

  test('stays below 3 MiB unpacked, of which the maps carry the sources', () => {
    expect(pack().unpackedSize).toBeLessThan(3 * 2 ** 20)
  })

  test('runs no script at install', () => {
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
      expect(manifest.scripts).not.toHaveProperty(name)
    }
  })
})

describe('the entries', () => {
  test('are those of the contract', () => {
    const entries = Object.keys(manifest.exports)
    expect(entries.sort()).toEqual([...Object.keys(EXPORTS), './register', './package.json'].sort())
  })

  test.each(Object.keys(EXPORTS))(
    '%s exports these names to require and to import',
    async (entry) => {
      const name = `deepseek-guard${entry.slice(1)}`
      const print = (names: string) => `console.log(JSON.stringify(${names}))`
      const project = createConsumer(
        {
          'required.cjs': print(`Object.keys(require('${name}'))`),
          'imported.mjs': `import * as all from '${name}'; ${print('Object.keys(all)')}`,
        },
        PEERS[entry],
      )
      const required = await runNode(project, ['required.cjs'])
      const imported = await runNode(project, ['imported.mjs'])
      expect([required.code, imported.code, required.stderr + imported.stderr]).toEqual([0, 0, ''])
      const named = JSON.parse(imported.stdout).filter((key: string) => !ADDED_BY_NODE.has(key))
      expect(JSON.parse(required.stdout).sort()).toEqual(EXPORTS[entry])
      expect(named.sort()).toEqual(EXPORTS[entry])
    },
  )
})

/**
 * USE_TYPE is a suggestion: without `type` Node takes .js for CommonJS, which is what dist holds.
 */
const ACCEPTED_BY_PUBLINT = new Set<string>()

/** Runs a checker, an ES module that Jest cannot import, on the tarball; `expr` gives its findings. */
async function check(imports: string, expr: string): Promise<any[]> {
  const script = `
    import { readFileSync } from 'node:fs'
    ${imports}
    const bytes = new Uint8Array(readFileSync(process.argv[1]))
    console.log(JSON.stringify(${expr}))`
  const args = ['--input-type=module', '-e', script, pack().path]
  const { stdout, stderr } = await runNode(root, args)
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

test('publint finds nothing but what is accepted', async () => {
  const found = await check(
    `import { publint } from 'publint'`,
    `(await publint({ pack: { tarball: bytes.buffer }, strict: true })).messages`,
  )
  expect(found.filter(({ code }) => !ACCEPTED_BY_PUBLINT.has(code))).toEqual([])
})

test('attw finds nothing, for the resolvers older than the exports map either', async () => {
  const found = await check(
    `import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'`,
    `(await checkPackage(createPackageFromTarballData(bytes))).problems`,
  )
  expect(found).toEqual([])
})
