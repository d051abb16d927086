import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/**
 * A project in `node_modules/.cache` with these packages, fetched once, and this repository's
 * package as it is now: for what is too big for everybody's `npm ci`. Undefined, with the reason
 * printed, where the registry cannot be reached; with CI set that is an error.
 */
export function projectWith(name: string, packages: Record<string, string>): string | undefined {
  const folder = join(root, 'node_modules/.cache/deepseek-guard', name)
  const failure = install(folder, packages)
  if (failure !== undefined) {
    if (process.env.CI) throw new Error(`npm could not install ${name}:\n${failure}`)
    process.stderr.write(`Skipped: npm could not install what the test of ${name} needs.\n`)
    return undefined
  }
  const installed = join(folder, 'node_modules/deepseek-guard')
  rmSync(installed, { recursive: true, force: true })
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', pack().path, '-C', installed, '--strip-components=1'])
  return folder
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
