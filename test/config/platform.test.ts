import { checkEnv } from '../../src/config/load-config'
import { detectPlatform, howToSet, type Platform, placeOf } from '../../src/config/platform'

const probe = (env: Record<string, string>, files: readonly string[] = [], os = 'linux') => ({
  env,
  os,
  cwd: '/app',
  exists: (file: string) => files.includes(file),
  read: () => '0::/system.slice/shop.service\n',
})

const DOCKER = ['/.dockerenv']
const COMPOSE = ['/.dockerenv', '/app/compose.yaml']

test.each([
  ['kubernetes', { KUBERNETES_SERVICE_HOST: '10.96.0.1' }, COMPOSE],
  ['docker', {}, DOCKER],
  ['docker', { container: 'podman' }, []],
  ['compose', {}, COMPOSE],
  ['compose', {}, ['/app/docker-compose.yml']],
  ['systemd', { INVOCATION_ID: 'a1', JOURNAL_STREAM: '8:1' }, COMPOSE],
  ['shell', { INVOCATION_ID: 'a1', JOURNAL_STREAM: '8:1', TERM: 'xterm' }, []],
  ['github-actions', { GITHUB_ACTIONS: 'true', CI: 'true' }, COMPOSE],
  ['gitlab-ci', { GITLAB_CI: 'true', CI: 'true', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, DOCKER],
  ['ci', { CI: 'true', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, DOCKER],
  ['ci', { TF_BUILD: 'True' }, DOCKER],
  ['vercel', { VERCEL: '1', AWS_LAMBDA_FUNCTION_NAME: 'shop', CI: '1' }, DOCKER],
  ['netlify', { NETLIFY: 'true', CI: 'true' }, DOCKER],
  ['netlify', { SITE_ID: 'x', SITE_NAME: 'shop', AWS_LAMBDA_FUNCTION_NAME: 'shop' }, []],
  ['railway', { RAILWAY_ENVIRONMENT: 'production' }, DOCKER],
  ['render', { RENDER: 'true' }, DOCKER],
  ['fly', { FLY_APP_NAME: 'shop' }, DOCKER],
  ['heroku', { DYNO: 'web.1' }, []],
  ['cloud-run', { K_SERVICE: 'shop', K_REVISION: 'shop-1', K_CONFIGURATION: 'shop' }, DOCKER],
  ['cloud-run', { CLOUD_RUN_JOB: 'shop' }, []],
  ['kubernetes', { K_SERVICE: 's', K_REVISION: 's-1', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, []],
  ['lambda', { AWS_LAMBDA_FUNCTION_NAME: 'shop' }, []],
  ['lambda', { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' }, []],
  ['ecs', { ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/x' }, DOCKER],
  ['ecs', { AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' }, DOCKER],
  ['azure', { WEBSITE_SITE_NAME: 'shop' }, DOCKER],
  ['pm2', { pm_id: '0' }, COMPOSE],
  ['pm2', { PM2_HOME: '/root/.pm2', KUBERNETES_SERVICE_HOST: '10.96.0.1' }, []],
  ['windows', { OS: 'Windows_NT' }, []],
  ['shell', { CI: 'false', GITHUB_ACTIONS: 'false' }, []],
] as const)('%s is told by %j and %j', (platform, env, files) => {
  expect(detectPlatform(probe(env, files))).toBe(platform)
})

test('Windows is told by its name', () => {
  expect(detectPlatform(probe({}, [], 'win32'))).toBe('windows')
})

test('an environment that was given in part is completed by the process', () => {
  const given = { ...probe({}, DOCKER), processEnv: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }
  expect(detectPlatform(given)).toBe('kubernetes')
})

const placeIn = (env: Record<string, string>, files: string[] = []) => placeOf(probe(env, files))

/** The command that sets the key in a place. */
function commandIn(env: Record<string, string>, files: string[] = []): string | undefined {
  const request = { kind: 'key', code: 'key-missing', variable: 'DEEPSEEK_API_KEY' } as const
  return howToSet(placeIn(env, files), request).command
}

test.each([
  [{ KUBERNETES_SERVICE_HOST: '1', HOSTNAME: 'shop-api-7d9c6b5f4-x2x9z' }, 'deployment/shop-api '],
  [{ KUBERNETES_SERVICE_HOST: '1', HOSTNAME: 'shop-0' }, 'statefulset/shop '],
  [{ KUBERNETES_SERVICE_HOST: '1' }, 'deployment/<name> '],
  [{ INVOCATION_ID: 'a1' }, 'systemctl edit shop.service'],
  [{ GITHUB_ACTIONS: '1', GITHUB_REPOSITORY: 'acme/shop' }, 'DEEPSEEK_API_KEY --repo acme/shop'],
  [{ GITLAB_CI: '1', CI_PROJECT_PATH: 'acme/shop' }, 'DEEPSEEK_API_KEY --masked --repo acme/shop'],
  [{ VERCEL: '1', VERCEL_ENV: 'preview' }, 'vercel env add DEEPSEEK_API_KEY preview'],
  [{ FLY_APP_NAME: 'shop' }, 'DEEPSEEK_API_KEY="$(cat key.txt)" --app shop'],
  [{ HEROKU_APP_NAME: 'shop', DYNO: 'web.1' }, 'heroku config:set DEEPSEEK_API_KEY='],
  [{ RAILWAY_SERVICE_NAME: 'api' }, '--service api'],
  [{ K_SERVICE: 'shop', K_REVISION: 'a' }, 'gcloud run services update shop --update-secrets='],
  [{ CLOUD_RUN_JOB: 'nightly' }, 'gcloud run jobs update nightly '],
  [{ WEBSITE_SITE_NAME: 'shop', WEBSITE_RESOURCE_GROUP: 'eu' }, 'az webapp config appsettings set'],
  [{ WEBSITE_SITE_NAME: 'shop', WEBSITE_RESOURCE_GROUP: 'eu' }, '--resource-group eu '],
  [{ WEBSITE_SITE_NAME: 'shop', FUNCTIONS_WORKER_RUNTIME: 'node' }, 'az functionapp config'],
  [{ pm_id: '3', name: 'api' }, 'pm2 restart api --update-env'],
  [{ pm_id: '3' }, 'pm2 restart 3 --update-env'],
] as const)('%j: what is known stands in the command', (env, command) => {
  expect(commandIn(env)).toContain(command)
})

test('PM2 is restarted by its ecosystem file, where there is one', () => {
  const command = commandIn({ pm_id: '3', name: 'api' }, ['/app/ecosystem.config.cjs'])
  expect(command).toBe('pm2 restart ecosystem.config.cjs --update-env')
})

test('a name that a shell would read otherwise, or that may be secret, is not repeated', () => {
  expect(commandIn({ FLY_APP_NAME: 'shop; rm -rf /' })).not.toContain('rm')
  expect(commandIn({ FLY_APP_NAME: 'sk-4b3e9c0a71d85f26' })).not.toContain('4b3e9c')
})

const everywhere: Record<Platform, Record<string, string>> = {
  'github-actions': { GITHUB_ACTIONS: 'true' },
  'gitlab-ci': { GITLAB_CI: 'true' },
  ci: { CI: 'true' },
  vercel: { VERCEL: '1' },
  netlify: { NETLIFY: 'true' },
  railway: { RAILWAY_PROJECT_ID: 'x' },
  render: { RENDER: 'true' },
  fly: { FLY_APP_NAME: 'shop' },
  heroku: { DYNO: 'web.1' },
  'cloud-run': { CLOUD_RUN_JOB: 'shop' },
  lambda: { AWS_LAMBDA_FUNCTION_NAME: 'shop' },
  ecs: { AWS_EXECUTION_ENV: 'AWS_ECS_EC2' },
  azure: { WEBSITE_SITE_NAME: 'shop' },
  kubernetes: { KUBERNETES_SERVICE_HOST: '10.96.0.1' },
  docker: { container: 'docker' },
  compose: {},
  systemd: { INVOCATION_ID: 'a1' },
  pm2: { pm_id: '0' },
  windows: { OS: 'Windows_NT' },
  shell: {},
}

test.each(Object.entries(everywhere))('%s has words for everything that is set', (name, env) => {
  const files = name === 'compose' ? COMPOSE : []
  const place = placeIn(env, files)
  expect(place.platform).toBe(name)
  for (const kind of ['key', 'plain', 'file', 'remove', 'load'] as const) {
    const variable = kind === 'file' ? 'DEEPSEEK_API_KEY_FILE' : 'DEEPSEEK_API_KEY'
    const fix = howToSet(place, { kind, code: 'key-quoted', variable, value: 'on', file: '.env' })
    const text = `${fix.text} ${fix.command ?? ''}`
    expect(text).not.toMatch(/\{\w+[|}]|\{\+|undefined|\{\}/)
    expect(text).toMatch(kind === 'load' ? /\.env/ : /\b(?:DEEPSEEK|it|file)/)
  }
})

test('a note about quotes stands only where quotes are the fault', () => {
  const textOf = (code: 'key-quoted' | 'key-missing') => {
    const request = { kind: 'key', code, variable: 'DEEPSEEK_API_KEY' } as const
    return howToSet(placeIn({}, DOCKER), request).text
  }
  expect(textOf('key-quoted')).toContain('keeps quotes')
  expect(textOf('key-missing')).not.toContain('quotes')
})

const KUBERNETES = { KUBERNETES_SERVICE_HOST: '10.96.0.1' }

test.each([
  ['a missing key', {}],
  ['a quoted key', { DEEPSEEK_API_KEY: '"sk-4b3e9c0a71d85f26e0c9b7a3d1f48265"' }],
  ['a missing key file', { DEEPSEEK_API_KEY_FILE: '/run/secrets/none' }],
  ['a misnamed key', { DEEPSEEK_APIKEY: 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265' }],
  [
    'a bad URL',
    { DEEPSEEK_API_KEY: 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265', DEEPSEEK_BASE_URL: 'x' },
  ],
])('%s in Kubernetes is mended with kubectl', (_, env) => {
  const { fix } = checkEnv({ ...KUBERNETES, ...env }, { cwd: __dirname }).findings[0]!
  expect(`${fix.text} ${fix.command}`).toContain('kubectl')
})

test("a pull request from a fork explains GitHub's empty secret", () => {
  const env = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request', DEEPSEEK_API_KEY: '' }
  expect(checkEnv(env, { cwd: __dirname }).findings[0]?.evidence.join()).toContain('fork')
})

test('an unprotected branch explains the missing protected variable of GitLab', () => {
  const env = { GITLAB_CI: 'true', CI_COMMIT_REF_PROTECTED: 'false' }
  expect(checkEnv(env, { cwd: __dirname }).findings[0]?.evidence.join()).toContain('protected')
})
