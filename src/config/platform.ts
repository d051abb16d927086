import type { Fix } from '../causes/cause'

/** Where the process runs, as far as it decides how a variable is set. */
export type Platform =
  | 'github-actions'
  | 'kubernetes'
  | 'pm2'
  | 'docker'
  | 'systemd'
  | 'windows'
  | 'shell'

/** What is done: set a key, a plain setting or the path of a mounted file, or remove a variable. */
export type SettingKind = 'key' | 'plain' | 'file' | 'remove'

/** How each platform sets a variable, in the words of its own tools. `{}` is the variable. */
export const howTo: Readonly<Record<Platform, Readonly<Partial<Record<SettingKind, Fix>>>>> = {
  kubernetes: {
    remove: {
      text: 'In Kubernetes: take it out of the Deployment, its ConfigMap or its Secret.',
      command: 'kubectl set env deployment/<name> {}-',
    },
    key: {
      text:
        'In Kubernetes: store the key in a Secret with kubectl, from a file without a newline ' +
        '(printf %s, not echo), pass it to the container as {}, and restart the Deployment.',
      command:
        'kubectl create secret generic deepseek --from-file={}=./key.txt --dry-run=client ' +
        '-o yaml | kubectl apply -f - && kubectl set env deployment/<name> --from=secret/deepseek',
    },
    plain: {
      text: 'In Kubernetes: change it in the Deployment or its ConfigMap.',
      command: 'kubectl set env deployment/<name> {}=<value>',
    },
    file: {
      text:
        'In Kubernetes: mount the Secret as a volume and let {} name the file in it; ' +
        'kubectl describe pod tells whether the mount worked.',
      command: 'kubectl describe pod <name>',
    },
  },
  docker: {
    remove: {
      text: 'In Docker: take it out of `docker run -e`, --env-file and `environment:`.',
    },
    key: {
      text:
        'In Docker: pass it with `docker run -e {}` or under `environment:` of the compose file; ' +
        '--env-file keeps quotes as part of the value.',
      command: 'docker run -e {} <image>',
    },
    plain: {
      text: 'In Docker: pass it with `docker run -e` or under `environment:` of the compose file.',
      command: 'docker run -e {}=<value> <image>',
    },
    file: {
      text:
        'In Docker: mount the file with `secrets:` of the compose file, which puts it under ' +
        '/run/secrets.',
    },
  },
  systemd: {
    remove: {
      text: 'Under systemd: take it out of the unit and its EnvironmentFile=, then restart it.',
      command: 'sudo systemctl edit <unit> && sudo systemctl restart <unit>',
    },
    key: {
      text:
        'Under systemd: set it in the EnvironmentFile= of the unit, or load it with ' +
        'LoadCredential= and {}_FILE, then restart the unit with systemctl.',
      command: 'sudo systemctl edit <unit> && sudo systemctl restart <unit>',
    },
    plain: {
      text:
        'Under systemd: set it with Environment= in the unit, then restart the unit with ' +
        'systemctl.',
      command: 'sudo systemctl edit <unit> && sudo systemctl restart <unit>',
    },
    file: {
      text:
        'Under systemd: load the file with LoadCredential= and let {} name it under ' +
        '$CREDENTIALS_DIRECTORY.',
      command: 'sudo systemctl edit <unit> && sudo systemctl restart <unit>',
    },
  },
  'github-actions': {
    remove: { text: 'In GitHub Actions: take it out of `env:` of the workflow.' },
    key: {
      text:
        'In GitHub Actions: save it as a repository secret and pass it under `env:` of the step ' +
        'that starts this process: `{}: $' +
        '{{ secrets.{} }}`.',
      command: 'gh secret set {}',
    },
    plain: { text: 'In GitHub Actions: change it under `env:` of the workflow.' },
  },
  pm2: {
    remove: {
      text:
        'Under PM2: take it out of the ecosystem file, then delete and start the app; PM2 keeps ' +
        'the environment of its first start, and --update-env only adds to it.',
      command: 'pm2 delete <app> && pm2 start <app>',
    },
    key: {
      text:
        'Under PM2: change it in the shell or the ecosystem file, then restart with ' +
        '--update-env; PM2 keeps the environment of its first start.',
      command: 'pm2 restart <app> --update-env',
    },
    plain: {
      text: 'Under PM2: change it in the ecosystem file, then restart with --update-env.',
      command: 'pm2 restart <app> --update-env',
    },
  },
  windows: {
    remove: {
      text: 'On Windows: remove it in the shell that starts the process.',
      command: 'Remove-Item Env:{}',
    },
    key: {
      text:
        'On Windows: set it in the shell that starts the process; cmd.exe keeps quotes as part ' +
        'of the value.',
      command: '$env:{} = Read-Host',
    },
    plain: {
      text: 'On Windows: set it in the shell that starts the process.',
      command: "$env:{} = '<value>'",
    },
  },
  shell: {
    remove: {
      text: 'In the shell: unset it before the process starts.',
      command: 'unset {}',
    },
    key: {
      text: 'In the shell: export it before the process starts.',
      command: 'read -rs {} && export {}',
    },
    plain: {
      text: 'In the shell: export it before the process starts.',
      command: "export {}='<value>'",
    },
  },
}

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
