import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { transformFileSync } from '@swc/core'

const ROOT = path.resolve(__dirname, '../..')

/** Compiles what the check needs into a folder of its own, for tests that need a process. */
export function compileConfig(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'config-'))
  const rooms = ['config', 'key', 'provider', 'causes', 'diagnosis']
  for (const room of rooms) mkdirSync(path.join(folder, room), { recursive: true })
  for (const room of ['.', ...rooms]) {
    for (const name of readdirSync(path.join(ROOT, 'src', room))) {
      if (!name.endsWith('.ts') || (room === '.' && !['once.ts', 'secret.ts'].includes(name)))
        continue
      const { code } = transformFileSync(path.join(ROOT, 'src', room, name), {
        swcrc: false,
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      })
      writeFileSync(path.join(folder, room, name.replace(/\.ts$/, '.js')), code)
    }
  }
  return folder
}

/** Runs a program that may use `checkEnv`, `loadConfig`, `renderReport` and `announceFailure`. */
export function runProgram(
  folder: string,
  program: string,
  options: { env?: Record<string, string>; cwd?: string; nodeArgs?: string[] } = {},
): SpawnSyncReturns<string> {
  const header = `
    const { checkEnv, loadConfig } = require(${JSON.stringify(path.join(folder, 'config/load-config'))})
    const { renderReport, announceFailure } = require(${JSON.stringify(path.join(folder, 'config/report'))})
  `
  const nodeArgs = [...(options.nodeArgs ?? []), '-e', `${header}\n${program}`]
  return spawnSync(process.execPath, nodeArgs, {
    env: {
      PATH: process.env.PATH ?? '',
      NODE_PATH: path.join(ROOT, 'node_modules'),
      ...options.env,
    },
    cwd: options.cwd ?? folder,
    encoding: 'utf8',
    timeout: 60_000,
  })
}
