import type { Fix } from '../diagnosis/diagnosis'

/** Where the process runs, as far as it decides how a variable is set. */
export type Platform =
  | 'github-actions'
  | 'kubernetes'
  | 'pm2'
  | 'docker'
  | 'systemd'
  | 'windows'
  | 'shell'

/** What detection looks at; injected, so that a test can be any platform. */
export interface PlatformProbe {
  env: Readonly<Record<string, string | undefined>>
  /** True when the file exists. */
  exists(path: string): boolean
  /** `process.platform`. */
  os: string
}

/** How each platform sets a variable, in the words of its own tools. `{}` is the variable. */
const settings: Readonly<Record<Platform, Fix>> = {
  kubernetes: {
    text: 'In Kubernetes: store the key in a Secret with kubectl, without a newline (printf %s, not echo), pass it to the container as {}, and restart the Deployment.',
    command:
      'kubectl create secret generic deepseek --from-file={}=./key.txt --dry-run=client -o yaml | kubectl apply -f - && kubectl set env deployment/<name> --from=secret/deepseek',
  },
  docker: {
    text: 'In Docker: pass it with `docker run -e {}` or under `environment:` of the compose file; --env-file keeps quotes as part of the value.',
    command: 'docker run -e {} <image>',
  },
  systemd: {
    text: 'Under systemd: set it in the EnvironmentFile= of the unit, or load it with LoadCredential=, then restart the unit.',
    command: 'sudo systemctl edit <unit> && sudo systemctl restart <unit>',
  },
  'github-actions': {
    text: 'In GitHub Actions: save it as a repository secret and pass it under `env:` of the step that starts this process.',
    command: 'gh secret set {}',
  },
  pm2: {
    text: 'Under PM2: change it, then restart with --update-env; PM2 keeps the environment of its first start.',
    command: 'pm2 restart <app> --update-env',
  },
  windows: {
    text: 'On Windows: set it in the shell that starts the process, without quotes in cmd.exe.',
    command: '$env:{} = Read-Host',
  },
  shell: {
    text: 'In the shell: export it before the process starts.',
    command: 'read -rs {} && export {}',
  },
}

/** The most particular platform wins: PM2 inside a container is still PM2's to configure. */
export function detectPlatform(probe: PlatformProbe): Platform {
  const { env } = probe
  if (env.GITHUB_ACTIONS === 'true') return 'github-actions'
  if (env.pm_id !== undefined || env.PM2_HOME !== undefined) return 'pm2'
  if (env.KUBERNETES_SERVICE_HOST) return 'kubernetes'
  if (probe.os === 'win32') return 'windows'
  if (probe.exists('/.dockerenv') || probe.exists('/run/.containerenv')) return 'docker'
  // systemd gives every service an invocation id; a shell that logged in has none.
  return env.INVOCATION_ID && env.JOURNAL_STREAM ? 'systemd' : 'shell'
}

/** How to set `variable` here. The command holds placeholders, never a value. */
export function howToSet(platform: Platform, variable: string): Fix {
  const { text, command } = settings[platform]
  const fill = (words: string): string => words.replaceAll('{}', variable)
  return command ? { text: fill(text), command: fill(command) } : { text: fill(text) }
}
