// Programs in processes of their own, with a good environment in an empty folder.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { KEY } from './measure.mjs'

/** The built command line. */
export const bin = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

// A base URL where nobody listens: nothing may leave the machine.
const env = {
  PATH: process.env.PATH,
  DEEPSEEK_API_KEY: KEY,
  DEEPSEEK_BASE_URL: 'http://127.0.0.1:9',
}

/** Calls `use` with a function that says how many milliseconds Node takes with these arguments. */
export async function inFreshProcesses(use) {
  // Empty, so that no .env file is read.
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'fresh-process-'))
  try {
    return await use((args) => {
      const startedAt = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
      return performance.now() - startedAt
    })
  } finally {
    rmSync(cwd, { recursive: true })
  }
}
