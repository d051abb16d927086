// What the guard adds to an application that is bundled and minified, without pino, which such an
// application has already or does without.
import { buildSync } from 'esbuild'
import { print, target } from './measure.mjs'

const LIMIT = 250

function kilobytes(code, external) {
  const { outputFiles } = buildSync({
    stdin: { contents: code, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    platform: 'node',
    external,
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0].contents.length / 1_000
}

const use = (name, entry) => `import { ${name} } from '${entry}'; console.log(${name})`
const programs = [
  ['the guard, without pino', use('deepseekGuard', 'deepseek-guard'), ['pino'], LIMIT],
  ['the guard, with pino', use('deepseekGuard', 'deepseek-guard'), []],
  [
    'the guard for Fastify, without pino',
    use('deepseekGuard', 'deepseek-guard/fastify'),
    ['pino'],
    LIMIT,
  ],
  [
    'the guard for Hono, without pino',
    use('deepseekGuard', 'deepseek-guard/hono'),
    ['pino'],
    LIMIT,
  ],
  ['`checkEnv` alone', use('checkEnv', 'deepseek-guard'), ['pino']],
]

print(
  'What a bundle grows by',
  'Minified by esbuild, kB (1,000 bytes).',
  ['what', 'kB', 'target'],
  programs.map(([what, code, external, limit]) => {
    const size = kilobytes(code, external)
    return [what, size.toFixed(0), limit === undefined ? '' : target(size, limit)]
  }),
)
