import { checkEnv } from '../../src/config/load-config'
import { detectPlatform, howToSet, type Platform } from '../../src/config/platform'

const probe = (env: Record<string, string>, files: string[] = [], os = 'linux') =>
  detectPlatform({ env, os, exists: (file) => files.includes(file) })

test.each([
  ['kubernetes', { KUBERNETES_SERVICE_HOST: '10.96.0.1' }, []],
  ['docker', {}, ['/.dockerenv']],
  ['docker', { container: 'podman' }, []],
  ['systemd', { INVOCATION_ID: 'a1', JOURNAL_STREAM: '8:1' }, []],
  ['shell', { INVOCATION_ID: 'a1', JOURNAL_STREAM: '8:1', TERM: 'xterm' }, []],
  ['github-actions', { GITHUB_ACTIONS: 'true' }, ['/.dockerenv']],
  ['pm2', { pm_id: '0' }, ['/.dockerenv']],
  ['pm2', { PM2_HOME: '/root/.pm2', KUBERNETES_SERVICE_HOST: '10.96.0.1' }, []],
  ['shell', {}, []],
] as const)('%s is told by %j and %j', (platform, env, files) => {
  expect(probe(env, [...files])).toBe(platform)
})

test('Windows is told by its name', () => {
  expect(probe({}, [], 'win32')).toBe('windows')
})

test.each([
  ['kubernetes', 'kubectl'],
  ['docker', 'docker run -e DEEPSEEK_API_KEY'],
  ['systemd', 'systemctl'],
  ['github-actions', 'gh secret set DEEPSEEK_API_KEY'],
  ['pm2', '--update-env'],
  ['windows', '$env:DEEPSEEK_API_KEY'],
  ['shell', 'export DEEPSEEK_API_KEY'],
] as const)('%s gets its own command', (platform: Platform, command) => {
  expect(howToSet(platform, 'DEEPSEEK_API_KEY', 'key')?.command).toContain(command)
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
