import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const root = join(__dirname, '../..')

/** What `npm pack` made, as npm itself reports it. */
export interface Tarball {
  path: string
  files: string[]
  unpackedSize: number
}

let folder: string | undefined
let tarball: Tarball | undefined

/** Packs once for each test file. No scripts run: the build belongs to whoever runs the tests. */
export function pack(): Tarball {
  if (tarball) return tarball
  folder = mkdtempSync(join(tmpdir(), 'deepseek-guard-package-'))
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
  const [report] = JSON.parse(output)
  tarball = {
    path: join(folder, report.filename),
    files: report.files.map((file: { path: string }) => file.path),
    unpackedSize: report.unpackedSize,
  }
  return tarball
}

/** Removes everything that `pack` and `createConsumer` wrote. */
export function removeConsumers(): void {
  if (folder) rmSync(folder, { recursive: true, force: true })
  folder = undefined
  tarball = undefined
}

/** What the package needs at run time, as a consumer's `npm install` would fetch it. */
const RUNTIME = Object.keys(require(join(root, 'package.json')).dependencies)

/**
 * A project that has installed the tarball. The other packages are links into this repository's
 * node_modules: nothing is fetched, and a package that is not named here cannot be imported.
 */
export function createConsumer(files: Record<string, string>, packages: string[] = []): string {
  const { path } = pack()
  const project = mkdtempSync(join(folder!, 'consumer-'))
  const installed = join(project, 'node_modules', 'deepseek-guard')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', path, '-C', installed, '--strip-components=1'])
  for (const name of [...RUNTIME, ...packages]) {
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link, 'junction')
  }
  for (const [name, text] of Object.entries({ 'package.json': '{"private":true}', ...files })) {
    mkdirSync(dirname(join(project, name)), { recursive: true })
    writeFileSync(join(project, name), text)
  }
  return project
}

/** Runs node in the project with a bare environment. */
export function runNode(
  project: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { PATH = '', HOME = '' } = process.env
  return new Promise((resolve) => {
    const options = { cwd: project, env: { PATH, HOME, ...env }, maxBuffer: 2 ** 26 }
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const code = error ? Number(error.code ?? -1) : 0
      resolve({ code, stdout, stderr })
    })
  })
}

/** Runs a tool of this repository's node_modules in the project. */
export function runTool(project: string, script: string, args: string[]) {
  return runNode(project, [join(root, 'node_modules', script), ...args])
}
