import type { Cause, Fix } from '../causes/cause'

/**
 * What is done: set a key, a plain setting or the path of a mounted file, remove a variable, or
 * load a `.env` file.
 */
export type SettingKind = 'key' | 'plain' | 'file' | 'remove' | 'load'

/**
 * How one platform sets a variable, in the words of its own tools. `{}` is the variable, `{value}`
 * what it is set to, `{file}` the `.env` file; other names in braces are what the environment tells
 * about the place, with the text behind the bar for when it does not: `{app|<app>}`.
 */
export interface PlatformWords extends Readonly<Partial<Record<SettingKind, Fix>>> {
  /** Begins each sentence: "In Kubernetes". */
  readonly at: string
  /** What this platform does to a value that explains the fault. */
  readonly notes?: Readonly<Partial<Record<Cause, string>>>
}

const nodeLoads =
  'let Node load it, or import dotenv before everything else (import "dotenv/config")'

/** Platforms that somebody runs himself. */
export const ownPlatforms = {
  kubernetes: {
    at: 'In Kubernetes',
    key: {
      text: 'store it in a Secret, pass it to the container as {}, and restart the workload.',
      command:
        'kubectl create secret generic deepseek --from-file={}=./key.txt --dry-run=client ' +
        '-o yaml | kubectl apply -f - && kubectl set env {workload|deployment/<name>} ' +
        '--from=secret/deepseek && kubectl rollout restart {workload|deployment/<name>}',
    },
    plain: {
      text: 'set it under `env:` of the container, or in its ConfigMap.',
      command: 'kubectl set env {workload|deployment/<name>} {}={value}',
    },
    file: {
      text:
        'mount the Secret as a volume and let {} name the file in it; kubectl describe tells ' +
        'whether the mount worked.',
      command: 'kubectl describe pod {pod|<name>}',
    },
    remove: {
      text: 'take it out of `env:` of the container, its ConfigMap or its Secret.',
      command: 'kubectl set env {workload|deployment/<name>} {}-',
    },
    load: {
      text: 'no container reads {file} by itself: make a Secret of it and pass that on.',
      command:
        'kubectl create secret generic deepseek --from-env-file={file} --dry-run=client -o yaml ' +
        '| kubectl apply -f - && kubectl set env {workload|deployment/<name>} ' +
        '--from=secret/deepseek',
    },
    notes: {
      'key-whitespace': 'Write key.txt with printf %s, because echo adds a newline.',
      'key-encoded': '`data:` of a Secret is decoded once: encode once, or use `stringData:`.',
      'key-quoted': 'Quotes inside `data:` and `stringData:` values are part of the value.',
      'key-prefixed':
        '--from-file makes one value of a whole file; --from-env-file makes one of each line.',
      'key-unexpanded':
        'Only $(NAME) is expanded there, and only for variables that are listed earlier.',
    },
  },
  docker: {
    at: 'In Docker',
    key: {
      text: 'pass it from the shell with `docker run -e {}`, or in the file of `--env-file`.',
      command: 'docker run -e {} <image>',
    },
    plain: {
      text: 'pass it with `docker run -e`.',
      command: "docker run -e {}='{value}' <image>",
    },
    file: {
      text: 'mount the file into the container and let {} name it there.',
      command:
        'docker run -v "$PWD/key.txt:/run/secrets/deepseek:ro" -e {}=/run/secrets/deepseek <image>',
    },
    remove: {
      text: 'take it out of `docker run -e` and `--env-file`, and start a new container.',
    },
    load: {
      text:
        'no container reads {file} by itself. Pass it on, or let Node load it in the container ' +
        '(node --env-file={file}).',
      command: 'docker run --env-file {file} <image>',
    },
    notes: {
      'key-quoted': '`docker run --env-file` keeps quotes as part of the value.',
      'key-whitespace': '`docker run --env-file` keeps everything behind the equals sign.',
      'key-unexpanded': '`docker run --env-file` expands nothing.',
    },
  },
  compose: {
    at: 'In Docker Compose',
    key: {
      text:
        'set it under `environment:` of the service in {compose|compose.yaml}, or in the file ' +
        'that its `env_file:` names, and create the container anew.',
      command: 'docker compose up -d --force-recreate',
    },
    plain: {
      text:
        'write `{}: {value}` under `environment:` of the service in {compose|compose.yaml}, and ' +
        'create the container anew.',
      command: 'docker compose up -d --force-recreate',
    },
    file: {
      text:
        'list the file under `secrets:` of {compose|compose.yaml} and of the service; {} is then ' +
        '/run/secrets/ and its name.',
      command: 'docker compose up -d --force-recreate',
    },
    remove: {
      text:
        'take it out of `environment:` and `env_file:` of the service in {compose|compose.yaml}, ' +
        'and create the container anew.',
      command: 'docker compose up -d --force-recreate',
    },
    load: {
      text:
        'Compose itself reads .env only to fill in references: add `env_file: {file}` to the ' +
        `service in {compose|compose.yaml}. Without a container, ${nodeLoads}.`,
      command: 'node --env-file={file} {script|server.js}',
    },
    notes: {
      'key-quoted': 'In list form (`- NAME="value"`) Compose keeps the quotes.',
      'key-unexpanded':
        'Compose fills in references from the shell and from the .env beside its file.',
    },
  },
  systemd: {
    at: 'Under systemd',
    key: {
      text:
        'set it in the file that EnvironmentFile= of the unit names, or load a file with ' +
        'LoadCredential=, and restart the unit with systemctl.',
      command: 'sudo systemctl edit {unit|<unit>} && sudo systemctl restart {unit|<unit>}',
    },
    plain: {
      text: 'write Environment="{}={value}" into [Service] of the unit, and restart it.',
      command: 'sudo systemctl edit {unit|<unit>} && sudo systemctl restart {unit|<unit>}',
    },
    file: {
      text:
        'load the file with LoadCredential=deepseek:/path/of/the/file, and write ' +
        'Environment={}=%d/deepseek into the unit.',
      command: 'sudo systemctl edit {unit|<unit>} && sudo systemctl restart {unit|<unit>}',
    },
    remove: {
      text: 'take it out of the unit and of its EnvironmentFile=, and restart the unit.',
      command: 'sudo systemctl edit {unit|<unit>} && sudo systemctl restart {unit|<unit>}',
    },
    load: {
      text:
        'a unit reads no .env file by itself: add EnvironmentFile={path|/path/of/{file}} to ' +
        '[Service], and restart the unit.',
      command: 'sudo systemctl edit {unit|<unit>} && sudo systemctl restart {unit|<unit>}',
    },
    notes: {
      'key-quoted': 'systemd removes quotes only around a whole assignment: Environment="{}=…".',
      'key-prefixed': 'Each assignment in Environment= needs quotes of its own.',
      'key-whitespace': 'Each assignment in Environment= needs quotes of its own.',
      'key-unexpanded': 'EnvironmentFile= expands nothing.',
    },
  },
  pm2: {
    at: 'Under PM2',
    key: {
      text:
        'change it in the shell or under `env:` of {ecosystem|the ecosystem file}, and restart ' +
        'with --update-env: PM2 keeps the environment of the first start.',
      command: 'pm2 restart {pm2|<app>} --update-env',
    },
    remove: {
      text:
        'take it out of {ecosystem|the ecosystem file} and the shell, and start the app anew: ' +
        'PM2 keeps the environment of the first start, and --update-env only adds to it.',
      command: 'pm2 delete {pm2|<app>} && pm2 start {start|ecosystem.config.js}',
    },
    load: {
      text:
        'PM2 reads no .env file by itself: write `node_args: "--env-file={file}"` for the app ' +
        'into {ecosystem|the ecosystem file}, and start it anew.',
      command: 'pm2 delete {pm2|<app>} && pm2 start {start|ecosystem.config.js}',
    },
  },
  windows: {
    at: 'On Windows',
    key: {
      text: 'set it in the PowerShell that starts the process.',
      command: '$env:{} = Read-Host',
    },
    plain: {
      text: 'set it in the PowerShell that starts the process.',
      command: "$env:{} = '{value}'",
    },
    file: {
      text: 'let {} name the file in the PowerShell that starts the process.',
      command: "$env:{} = 'C:\\path\\of\\key.txt'",
    },
    remove: {
      text: 'remove it in the PowerShell that starts the process.',
      command: 'Remove-Item Env:{}',
    },
    load: {
      text: `${nodeLoads}.`,
      command: 'node --env-file={file} {script|server.js}',
    },
    notes: {
      'key-quoted': 'cmd.exe keeps quotes as part of the value: set {}=value.',
      'key-whitespace': 'cmd.exe keeps the blank in front of && in `set NAME=value && …`.',
      'key-unexpanded': '%NAME% is expanded by cmd.exe only, $env:NAME by PowerShell only.',
    },
  },
  shell: {
    at: 'In the shell',
    key: {
      text: 'export it before the process starts.',
      command: 'read -rs {} && export {}',
    },
    plain: {
      text: 'export it before the process starts.',
      command: "export {}='{value}'",
    },
    file: {
      text: 'let {} name the file before the process starts.',
      command: 'export {}="$PWD/key.txt"',
    },
    remove: { text: 'unset it before the process starts.', command: 'unset {}' },
    load: {
      text: `${nodeLoads}.`,
      command: 'node --env-file={file} {script|server.js}',
    },
  },
} as const satisfies Record<string, PlatformWords>
