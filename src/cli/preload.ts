import { realpathSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { loadConfig } from '../config/load-config'
import { announceFailure, renderReport, writeWhole } from '../config/report'
import { EXIT, type ExitStatus } from './answer'
import { wantsColor } from './output'

/** Programs that only start others: what they start is checked, and prints once. */
const LAUNCHER = /[\\/](?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack)(?:-cli)?(?:\.[cm]?js)?$/

/**
 * NODE_OPTIONS brings this module into every Node process, also into those that are not the
 * application: package managers, and our own command, which checks by itself.
 */
function isNoApplication(script: string, command: string): boolean {
  if (script === '') return false
  if (LAUNCHER.test(script)) return true
  try {
    return realpathSync(script) === command
  } catch {
    return false
  }
}

/**
 * A child that its parent forked, such as a cluster worker: the parent has printed the warnings
 * already. PM2 forks the first process of an application too, so its children count as parents.
 */
function isForked(): boolean {
  return process.send !== undefined && process.env.pm_id === undefined
}

/**
 * The check in front of a program: `node --import deepseek-guard/register server.js`. Returns the
 * status to end with, or undefined when the program may start. Worker threads share the environment
 * that was checked in the main thread, so nothing is said in them.
 *
 * @param command Where our own command is, which checks by itself.
 */
export function preload(command: string): ExitStatus | undefined {
  if (!isMainThread || isNoApplication(process.argv[1] ?? '', command)) return undefined
  const loaded = loadConfig(process.env)
  if (!loaded.ok) {
    announceFailure(loaded, { color: wantsColor(process.env) })
    return EXIT.config
  }
  const warnings = loaded.findings.filter(({ severity }) => severity === 'warning')
  if (warnings.length > 0 && !isForked()) {
    writeWhole(2, renderReport(warnings, { color: wantsColor(process.env) }))
  }
  return undefined
}
