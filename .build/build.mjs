// `npm run build`: the bundle and its declarations.
//
// CommonJS, since it works from `import` and from `require` and inside Jest without flags; shared
// chunks, so that a class is the same one in every entry and `instanceof` holds; source maps that
// carry the TypeScript, since the tarball has no `src`; no minifying, so that a stack trace and
// `node_modules` can be read. Declarations come from `tsc`, file by file.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RolldownMagicString, rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What the manifest promises, as sources: `./dist/testing/index.js` is `src/testing/index.ts`. */
function entries() {
  const files = [
    ...Object.values(manifest.bin),
    ...Object.values(manifest.exports).flatMap((target) => target.default ?? []),
  ]
  const names = files.map((file) => file.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, ''))
  return Object.fromEntries(names.map((name) => [name, join(root, 'src', `${name}.ts`)]))
}

/**
 * Built in, though they are dependencies, which an audit sees: of each a part is used, which loads in
 * a tenth of the time of the whole.
 */
const builtIn = ['envalid', 'oauth4webapi', 'zod']

/** What stays the consumer's own copy. */
const outside = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  .filter((name) => !builtIn.includes(name))
  .map((name) => new RegExp(`^${name}(/|$)`))

/**
 * A good start runs one chunk. What only a failure reads (rules, signs, words, pages: a third of the
 * package) and what only a token endpoint needs are chunks of their own, loaded when first called.
 */
const lazyChunks = [
  {
    name: 'failure',
    test: new RegExp(
      `/src/(${[
        'diagnosis/(?!diagnose|evidence)',
        'causes/.*-words',
        'provider/(.*signs|request-text)',
        'config/(platform|hosted-words|missing-key|report|finding-draft)',
        'health/page',
      ].join('|')})`,
    ),
  },
  { name: 'oauth', test: /\/node_modules\/oauth4webapi\// },
]

/** What `deepseek-guard check` runs on a good environment, which waits for nothing else. */
const whatCheckNeeds =
  /\/src\/([a-z]+\.ts|(key|provider|causes|config)\/(?!option-shape))|\/node_modules\/envalid\//

/** True for what a guard itself is made of: not the entries, and not what only one of them uses. */
function isShared(id) {
  const apart = /\/src\/(cli|testing|store\/redis|observability\/(telemetry|.*metrics))/
  return !Object.values(entries()).includes(id) && !apart.test(id)
}

/** Turns `const require_failure = require(…)` at the top of a chunk into a load at the first use. */
const loadWhenUsed = {
  name: 'load-when-used',
  renderChunk(code, { fileName }) {
    const names = lazyChunks.map(({ name }) => name).join('|')
    const load = new RegExp(`^const (require_(?:${names})) = (require\\("[^"]+"\\));$`, 'gm')
    const loads = [...code.matchAll(load)]
    if (loads.length === 0) return null
    const text = new RolldownMagicString(code, { filename: fileName })
    for (const [line, name, call] of loads) {
      text.replace(line, `const ${name} = { get chunk() { return ${call}; } };`)
      text.replace(new RegExp(`\\b${name}\\.`, 'g'), `${name}.chunk.`)
    }
    return { code: text.toString(), map: text.generateMap({ hires: true }) }
  },
}

async function bundle() {
  const build = await rolldown({
    cwd: root,
    input: entries(),
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    external: outside,
    // Its TypeScript, of which two functions are used, instead of its build, which is not shaken.
    resolve: { alias: { envalid: join(root, 'node_modules/envalid/src/index.ts') } },
    // An entry exports what other chunks need of it, too; `isShared` leaves nothing of that kind.
    preserveEntrySignatures: 'allow-extension',
    plugins: [loadWhenUsed],
    onLog(level, log) {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  await build.write({
    dir: dist,
    format: 'cjs',
    exports: 'named',
    strict: true,
    sourcemap: true,
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        ...lazyChunks,
        { name: 'config', test: (id) => isShared(id) && whatCheckNeeds.test(id) },
        { name: 'guard', test: isShared },
      ],
    },
  })
  await build.close()
  // npm does this to what it installs; a link to this folder needs it, too.
  for (const file of Object.values(manifest.bin)) chmodSync(join(root, file), 0o755)
}

function declare() {
  const { resolve } = createRequire(import.meta.url)
  const tsc = join(resolve('typescript/package.json'), '../bin/tsc')
  const args = [tsc, '-p', root, '--emitDeclarationOnly']
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** The declarations that a file leads to. */
function walk(file, seen) {
  if (seen.has(file)) return
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, path] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
    walk(join(file, '..', `${path}.d.ts`), seen)
  }
}

/** Maps carry our TypeScript; what is built in of other packages is in the registry for who wants it. */
function slim() {
  for (const path of readdirSync(dist, { recursive: true })) {
    if (!path.endsWith('.js.map')) continue
    const file = join(dist, path)
    const map = JSON.parse(readFileSync(file, 'utf8'))
    map.sourcesContent = map.sourcesContent.map((content, index) =>
      map.sources[index].includes('node_modules/') ? null : content,
    )
    writeFileSync(file, JSON.stringify(map))
  }
}

/** Declarations of the inside, which no entry leads to, are nobody's to read. */
function prune() {
  const seen = new Set()
  for (const name of Object.keys(entries())) {
    const file = join(dist, `${name}.d.ts`)
    if (existsSync(file)) walk(file, seen)
  }
  for (const path of readdirSync(dist, { recursive: true })) {
    const file = join(dist, path)
    if (file.endsWith('.d.ts') && !seen.has(file)) rmSync(file)
  }
}

rmSync(dist, { recursive: true, force: true })
await bundle()
slim()
declare()
prune()
