import type { Fix } from '../diagnosis/diagnosis'
import { howTo, type Platform, type SettingKind } from './platform-words'

export type { Platform, SettingKind } from './platform-words'

/** What detection looks at; injected, so that a test can be any platform. */
export interface PlatformProbe {
  env: Readonly<Record<string, string | undefined>>
  /** True when the file exists. */
  exists(path: string): boolean
  /** `process.platform`. */
  os: string
}

/** The most particular platform wins: PM2 inside a container is still PM2's to configure. */
export function detectPlatform(probe: PlatformProbe): Platform {
  const { env } = probe
  if (env.GITHUB_ACTIONS === 'true') return 'github-actions'
  if (env.pm_id !== undefined || env.PM2_HOME !== undefined) return 'pm2'
  if (env.KUBERNETES_SERVICE_HOST) return 'kubernetes'
  if (probe.os === 'win32' || env.OS === 'Windows_NT') return 'windows'
  // systemd gives every service an invocation id; a terminal that it started passes that on, too.
  if (env.INVOCATION_ID && !env.TERM) return 'systemd'
  const inContainer = probe.exists('/.dockerenv') || probe.exists('/run/.containerenv')
  return inContainer || env.container ? 'docker' : 'shell'
}

/** How to set `variable` here; undefined when the platform has no way of its own. No values. */
export function howToSet(platform: Platform, variable: string, kind: SettingKind): Fix | undefined {
  const fix = howTo[platform][kind]
  if (!fix) return undefined
  const fill = (words: string): string => words.replaceAll('{}', variable)
  return { text: fill(fix.text), ...(fix.command && { command: fill(fix.command) }) }
}
