import type { Cause, Fix } from '../causes/cause'
import { mayHoldSecret } from '../key/names'
import { hostedPlatforms } from './hosted-words'
import { ownPlatforms, type PlatformWords, type SettingKind } from './platform-words'

export type { SettingKind } from './platform-words'

/** Where the process runs, as far as it decides how a variable is set. */
export type Platform = keyof typeof ownPlatforms | keyof typeof hostedPlatforms

const platforms: Readonly<Record<Platform, PlatformWords>> = { ...hostedPlatforms, ...ownPlatforms }

type Env = Readonly<Record<string, string | undefined>>

/** What detection looks at; injected, so that a test can be any platform. */
interface PlatformProbe {
  env: Env
  /** The environment of the process itself, when `env` is another one that may be partial. */
  processEnv?: Env
  /** The working directory. */
  cwd: string
  /** True when the file exists. */
  exists(path: string): boolean
  /** The start of a small file; an empty text when it cannot be read. */
  read(path: string): string
  /** `process.platform`. */
  os: string
  /** The program that runs, as it would be typed. */
  script?: string
}

/** A platform, and what is known about the place there: names of apps, services and files. */
export interface Place {
  readonly platform: Platform
  readonly names: Readonly<Record<string, string>>
}

const someCi =
  'CI TF_BUILD JENKINS_URL BUILDKITE CODEBUILD_BUILD_ID TEAMCITY_VERSION BITBUCKET_BUILD_NUMBER'

const isOn = (text: string | undefined): boolean => !/^(?:|0|false|no|off)$/i.test(text ?? '')

/** What each platform sets by itself. The first that fits wins: whoever starts the others last. */
const signs: readonly [platform: Platform, isHere: (env: Env) => boolean][] = [
  ['github-actions', (env) => isOn(env.GITHUB_ACTIONS)],
  ['gitlab-ci', (env) => isOn(env.GITLAB_CI)],
  ['vercel', (env) => isOn(env.VERCEL) || isOn(env.VERCEL_ENV)],
  ['netlify', (env) => isOn(env.NETLIFY) || isOn(env.NETLIFY_DEV) || isNetlifyFunction(env)],
  ['railway', (env) => Object.keys(env).some((name) => /^RAILWAY_(?:ENV|PROJ|SERV)/.test(name))],
  ['render', (env) => isOn(env.RENDER) || isOn(env.RENDER_SERVICE_ID)],
  ['fly', (env) => isOn(env.FLY_APP_NAME) || isOn(env.FLY_MACHINE_ID) || isOn(env.FLY_ALLOC_ID)],
  ['heroku', (env) => isOn(env.HEROKU_APP_ID) || /^[a-z]\w*\.\d+$/i.test(env.DYNO ?? '')],
  ['azure', (env) => isOn(env.WEBSITE_SITE_NAME) || isOn(env.WEBSITE_INSTANCE_ID)],
  ['ci', (env) => someCi.split(' ').some((name) => isOn(env[name]))],
  ['lambda', (env) => isOn(env.AWS_LAMBDA_FUNCTION_NAME) || runsOn(env, 'AWS_Lambda_')],
  ['cloud-run', (env) => isCloudRun(env) && !isOn(env.KUBERNETES_SERVICE_HOST)],
  [
    'ecs',
    (env) =>
      isOn(env.ECS_CONTAINER_METADATA_URI_V4 ?? env.ECS_CONTAINER_METADATA_URI) ||
      runsOn(env, 'AWS_ECS_'),
  ],
  ['pm2', (env) => env.pm_id !== undefined || env.PM2_HOME !== undefined],
  ['kubernetes', (env) => isOn(env.KUBERNETES_SERVICE_HOST)],
  // systemd gives every service an invocation id; a terminal that it started passes that on, too.
  ['systemd', (env) => isOn(env.INVOCATION_ID) && !env.TERM],
  ['windows', (env) => env.OS === 'Windows_NT'],
  ['docker', (env) => /^(?:docker|podman|oci)$/.test(env.container ?? '')],
]

function isNetlifyFunction(env: Env): boolean {
  return isOn(env.AWS_LAMBDA_FUNCTION_NAME) && isOn(env.SITE_ID) && isOn(env.SITE_NAME)
}

function isCloudRun(env: Env): boolean {
  return isOn(env.CLOUD_RUN_JOB) || (isOn(env.K_SERVICE) && isOn(env.K_REVISION))
}

function runsOn(env: Env, start: string): boolean {
  return env.AWS_EXECUTION_ENV?.startsWith(start) ?? false
}

const composeFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const ecosystemFiles = ['js', 'cjs', 'mjs', 'json'].map((ending) => `ecosystem.config.${ending}`)

/** The platform, by what it sets, and only then by files, which CI and hosting have lying about. */
export function detectPlatform(probe: PlatformProbe): Platform {
  const { env, processEnv, os, exists } = probe
  for (const each of [env, ...(processEnv ? [processEnv] : [])]) {
    const found = signs.find(([, isHere]) => isHere(each))
    if (found) return found[0]
  }
  if (os === 'win32') return 'windows'
  if (fileIn(probe, composeFiles)) return 'compose'
  return exists('/.dockerenv') || exists('/run/.containerenv') ? 'docker' : 'shell'
}

function fileIn({ cwd, exists }: PlatformProbe, names: readonly string[]): string | undefined {
  return names.find((name) => exists(`${cwd}/${name}`))
}

/** Where this process runs, with the names that a fix can use there. */
export function placeOf(probe: PlatformProbe): Place {
  const platform = detectPlatform(probe)
  const { env, processEnv = {}, script } = probe
  const read = (...names: string[]): string | undefined => {
    const own = names.map((name) => env[name] ?? processEnv[name])
    return own.find((text) => text !== undefined && text !== '')
  }
  const ecosystem = platform === 'pm2' ? fileIn(probe, ecosystemFiles) : undefined
  const app = platform === 'pm2' ? read('name') : read(...(appNames[platform] ?? []))
  const pod = platform === 'kubernetes' ? read('HOSTNAME') : undefined
  const known: Record<string, string | undefined> = {
    cwd: probe.cwd,
    app,
    pod: workloadOf(pod) && pod,
    workload: workloadOf(pod),
    script,
    ecosystem,
    pm2: ecosystem ?? app ?? read('pm_id'),
    start: ecosystem ?? (script && app ? `${script} --name ${app}` : script),
    compose: platform === 'compose' ? fileIn(probe, composeFiles) : undefined,
    unit: platform === 'systemd' ? unitOf(probe.read('/proc/self/cgroup')) : undefined,
    repo: read(platform === 'gitlab-ci' ? 'CI_PROJECT_PATH' : 'GITHUB_REPOSITORY'),
    stage: read('VERCEL_TARGET_ENV', 'VERCEL_ENV'),
    service: read('CLOUD_RUN_JOB') === undefined ? 'service' : 'job',
    azure: read('FUNCTIONS_WORKER_RUNTIME') === undefined ? 'webapp' : 'functionapp',
    group: read('WEBSITE_RESOURCE_GROUP'),
  }
  return { platform, names: printable(known) }
}

/** The variable that holds the name of the app or service. */
const appNames: Readonly<Partial<Record<Platform, readonly string[]>>> = {
  railway: ['RAILWAY_SERVICE_NAME'],
  render: ['RENDER_SERVICE_NAME'],
  fly: ['FLY_APP_NAME'],
  heroku: ['HEROKU_APP_NAME'],
  'cloud-run': ['CLOUD_RUN_JOB', 'K_SERVICE'],
  lambda: ['AWS_LAMBDA_FUNCTION_NAME'],
  azure: ['WEBSITE_SITE_NAME'],
}

/** Letters, digits and what names are joined by; a command cannot be broken by them. */
function printable(known: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const plain = /^[A-Za-z0-9/][\w.@:/ -]{0,99}$/
  return Object.fromEntries(
    Object.entries(known).filter((entry): entry is [string, string] => {
      const [name, text] = entry
      if (text === undefined || !plain.test(text)) return false
      // A pod's own name ends in letters by chance; its form was looked at already.
      if (name !== 'pod' && mayHoldSecret(text)) return false
      return name === 'start' || !text.includes(' ')
    }),
  )
}

/** A pod of a Deployment is called after it, its ReplicaSet, and five letters of its own. */
function workloadOf(pod: string | undefined): string | undefined {
  const deployment = /^([a-z][a-z0-9-]*)-[bcdf-hj-np-tv-z2456789]{5,10}-[a-z0-9]{5}$/.exec(
    pod ?? '',
  )
  if (deployment) return `deployment/${deployment[1]}`
  const stateful = /^([a-z][a-z0-9-]*)-\d{1,3}$/.exec(pod ?? '')
  return stateful ? `statefulset/${stateful[1]}` : undefined
}

function unitOf(cgroup: string): string | undefined {
  return /\/([A-Za-z][\w@.-]*\.service)$/m.exec(cgroup)?.[1]
}

/** What is to be done with a variable. */
interface SettingRequest {
  readonly kind: SettingKind
  readonly code: Cause
  readonly variable: string
  /** What to set it to, where that is known. */
  readonly value?: string | undefined
  /** The `.env` file to load. */
  readonly file?: string | undefined
}

/** How to set `variable` here: a sentence, and a command where the platform has one. No secrets. */
export function howToSet(place: Place, request: SettingRequest): Fix {
  const words = platforms[place.platform]
  const { text, command } = wordsFor(words, request)
  const note = words.notes?.[request.code]
  const fill = (template: string): string => filled(template, place.names, request)
  const whole = [
    `${words.at}: ${fill(text)}`,
    ...(note ? [fill(note)] : []),
    ...(command?.includes('{value}') && request.kind === 'key' ? [KEY_FILE] : []),
  ]
  return { text: whole.join(' '), ...(command && { command: fill(command) }) }
}

const KEY_FILE = 'key.txt holds the key and nothing else.'

/** What a platform has no words for is done as a key is set: through its page or its command. */
function wordsFor(words: PlatformWords, { kind, file, variable }: SettingRequest): Fix {
  const own = words[kind]
  if (own) return own
  const key = words.key ?? { text: 'set {}.' }
  if (kind === 'load')
    return { ...key, text: `${file ?? '.env'} is not read there. Instead, ${key.text}` }
  if (kind !== 'file') return key
  const otherName = variable.replace(/_FILE$/, '')
  return { text: `without a file, set ${otherName}: ${key.text}`.replaceAll('{}', otherName) }
}

/** The whole path of a `.env` file, where it may be printed. */
function pathOf(cwd: string | undefined, file: string): string {
  return cwd && !file.startsWith('..') ? `${cwd}/${file}` : `/path/of/${file}`
}

function filled(
  template: string,
  names: Readonly<Record<string, string>>,
  { kind, variable, value, file }: SettingRequest,
): string {
  const given = kind === 'key' || kind === 'load' ? '$(cat key.txt)' : (value ?? '<value>')
  return template
    .replaceAll('{}', variable)
    .replaceAll('{value}', given)
    .replaceAll('{path|/path/of/{file}}', pathOf(names.cwd, file ?? '.env'))
    .replaceAll('{file}', file ?? '.env')
    .replace(/\{\+(\w+):([^}]*)\}/g, (_, name: string, before: string) =>
      names[name] === undefined ? '' : `${before}${names[name]}`,
    )
    .replace(/\{(\w+)\|([^}]*)\}/g, (_, name: string, other: string) => names[name] ?? other)
}
