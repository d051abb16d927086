import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeConsumers, runNode } from './consumer'
import { describeProject } from './on-demand'

jest.setTimeout(120_000)
afterAll(removeConsumers)

/** An application of everything that could be lost on the way: page, words, log, diagnosis. */
const APP = `
  import { createServer } from 'node:http'
  import { causes, deepseekGuard, sharedGuard } from 'deepseek-guard'
  import { startFakeDeepSeek } from 'deepseek-guard/testing'

  async function main() {
    const fake = await startFakeDeepSeek()
    const env = { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url }
    const guard = sharedGuard({ env, health: { details: 'always' } })
    await guard.ready({ timeoutMs: 20_000 })
    const server = createServer(guard)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = 'http://127.0.0.1:' + server.address().port + '/health/deepseek'
    const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text()
    let cause
    guard.on('diagnosis', (diagnosis) => { cause = diagnosis.cause })
    fake.revoke(fake.key)
    const { status } = await guard.fetch(fake.url + '/models')
    server.close()
    server.closeAllConnections()
    await guard.close()
    await fake.close()
    let refused
    try { deepseekGuard({ env: {}, report: false }) } catch (error) { refused = error.findings[0].code }
    console.error(JSON.stringify({
      page: page.includes('<html'), explained: causes['key-quoted'].fix.text !== '', status, cause, refused,
    }))
  }
  main()`

const EXPECTED = {
  page: true,
  explained: true,
  status: 401,
  cause: 'key-rejected',
  refused: 'key-missing',
}

/** The banner of the README, for bundles that are ES modules. */
const BANNER = [
  "import { createRequire } from 'node:module'",
  "import { dirname } from 'node:path'",
  "import { fileURLToPath } from 'node:url'",
  'const require = createRequire(import.meta.url)',
  'const __filename = fileURLToPath(import.meta.url)',
  'const __dirname = dirname(__filename)',
].join(';')

/** The output alone, in a folder without anything beside it. */
async function runAlone(output: string): Promise<unknown> {
  const alone = mkdtempSync(join(tmpdir(), 'deepseek-guard-bundle-'))
  try {
    cpSync(output, alone, { recursive: true })
    const main = readdirSync(alone).find((file) => /^(main|index|app)\.[cm]?js$/.test(file)) ?? ''
    const { code, stderr, stdout } = await runNode(alone, [join(alone, main)])
    const last = stderr.trim().split('\n').at(-1) ?? ''
    if (code !== 0 || !last.startsWith('{')) throw new Error(`${code}: ${stderr}`)
    // The log of the guard came through the pino that was bundled.
    expect(stdout).toContain('auth.rejected')
    return JSON.parse(last)
  } finally {
    rmSync(alone, { recursive: true })
  }
}

const TOOLS = {
  esbuild: '^0.28.2',
  rolldown: '^1.3.2',
  rollup: '^4.50.0',
  '@rollup/plugin-node-resolve': '^16.0.0',
  '@rollup/plugin-commonjs': '^29.0.0',
  '@rollup/plugin-json': '^6.1.0',
  webpack: '^5.100.0',
  '@vercel/ncc': '^0.38.0',
}

/** One program a bundler: each writes into the folder that is its first argument. */
const BUILDS: Record<string, string> = {
  'esbuild, CommonJS': `
    const { build } = await import('esbuild')
    await build({ entryPoints: ['app.mjs'], bundle: true, platform: 'node', format: 'cjs', outfile: out + '/main.cjs', logLevel: 'error' })`,
  'esbuild, ES module with the banner': `
    const { build } = await import('esbuild')
    const banner = { js: ${JSON.stringify(BANNER)} }
    await build({ entryPoints: ['app.mjs'], bundle: true, platform: 'node', format: 'esm', banner, outfile: out + '/main.mjs', logLevel: 'error' })`,
  'esbuild, minified': `
    const { build } = await import('esbuild')
    await build({ entryPoints: ['app.mjs'], bundle: true, minify: true, platform: 'node', outfile: out + '/main.cjs', logLevel: 'error' })`,
  rolldown: `
    const { rolldown } = await import('rolldown')
    const bundle = await rolldown({ input: 'app.mjs', platform: 'node' })
    await bundle.write({ dir: out, format: 'cjs', entryFileNames: 'main.cjs' })`,
  rollup: `
    const [{ rollup }, { default: resolve }, { default: commonjs }, { default: json }] = await Promise.all(
      ['rollup', '@rollup/plugin-node-resolve', '@rollup/plugin-commonjs', '@rollup/plugin-json'].map((name) => import(name)))
    const plugins = [resolve({ preferBuiltins: true }), commonjs(), json()]
    const bundle = await rollup({ input: 'app.mjs', plugins, onwarn() {} })
    await bundle.write({ dir: out, format: 'cjs', entryFileNames: 'main.cjs' })`,
  webpack: `
    const { default: webpack } = await import('webpack')
    const settings = { entry: './app.mjs', target: 'node20', mode: 'production', output: { path: out, filename: 'main.cjs' } }
    await new Promise((resolve, reject) => webpack(settings, (error, stats) =>
      error || stats.hasErrors() ? reject(error ?? new Error(stats.toString('errors-only'))) : resolve()))`,
  ncc: `
    const { default: ncc } = await import('@vercel/ncc')
    const { code, assets } = await ncc(process.cwd() + '/app.mjs', { quiet: true, cache: false })
    const { mkdirSync, writeFileSync } = await import('node:fs')
    const { dirname, join } = await import('node:path')
    for (const [name, { source }] of Object.entries({ ...assets, 'main.mjs': { source: code } })) {
      mkdirSync(dirname(join(out, name)), { recursive: true })
      writeFileSync(join(out, name), source)
    }`,
}

describeProject('bundlers', TOOLS, (folder) => {
  beforeAll(() => writeFileSync(join(folder, 'app.mjs'), APP))

  test.each(Object.entries(BUILDS))('%s: the output runs alone', async (name, program) => {
    const out = join(folder, `out-${name.replace(/\W+/g, '-')}`)
    mkdirSync(out)
    const script = join(folder, `${name.replace(/\W+/g, '-')}.mjs`)
    writeFileSync(script, `const out = process.argv[2]\n${program}\nprocess.exit()`)
    const built = await runNode(folder, [script, out], { NODE_ENV: 'production' })
    expect([built.code, built.stderr]).toEqual([0, ''])
    expect(await runAlone(out)).toEqual(EXPECTED)
  })
})
