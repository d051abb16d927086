import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { pack, root } from './consumer'

/** What the package itself needs, in the versions of this repository. */
const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)

const NPM = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']

/** True when an install of the same packages has ended well here. */
function isComplete(folder: string, wanted: string): boolean {
  const done = join(folder, 'node_modules/.complete')
  return existsSync(done) && readFileSync(done, 'utf8') === wanted
}

function install(folder: string, packages: Record<string, string>): string | undefined {
  const wanted = JSON.stringify({ private: true, dependencies: { ...packages, ...dependencies } })
  if (isComplete(folder, wanted)) return undefined
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), wanted)
  const { status, stderr } = spawnSync('npm', NPM, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) return stderr
  writeFileSync(join(folder, 'node_modules/.complete'), wanted)
  return undefined
}

/** Hard links where the file system has them: a copy of a framework is some 300 MB. */
function copyTree(from: string, to: string): void {
  const { status } = spawnSync('cp', ['-al', from, to])
  if (status === 0) return
  rmSync(to, { recursive: true, force: true })
  execFileSync('cp', ['-a', from, to])
}

/**
 * A project with these packages, fetched once into `node_modules/.cache`, and this repository's
 * package as it is now: for what is too big for everybody's `npm ci`. It is a folder of its own
 * outside any `node_modules`, below which neither Next.js nor Deno compiles anything. Undefined,
 * with the reason printed, where the registry cannot be reached; with CI set that is an error.
 */
export function projectWith(name: string, packages: Record<string, string>): string | undefined {
  const cache = join(root, 'node_modules/.cache/deepseek-guard', name)
  const failure = install(cache, packages)
  if (failure !== undefined) {
    if (process.env.CI) throw new Error(`npm could not install ${name}:\n${failure}`)
    process.stderr.write(`Skipped: npm could not install what the test of ${name} needs.\n`)
    return undefined
  }
  const project = mkdtempSync(join(dirname(pack().path), `${name}-`))
  copyTree(join(cache, 'node_modules'), join(project, 'node_modules'))
  cpSync(join(cache, 'package.json'), join(project, 'package.json'))
  const installed = join(project, 'node_modules/deepseek-guard')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', pack().path, '-C', installed, '--strip-components=1'])
  return project
}

/** The tests of a project, or none where it could not be had. */
export function describeProject(
  name: string,
  packages: Record<string, string>,
  tests: (folder: string) => void,
): void {
  const folder = projectWith(name, packages)
  if (folder === undefined) describe.skip(name, () => test.todo('needs the registry'))
  else describe(name, () => tests(folder))
}
