import { checkEnv } from '../../src/config/load-config'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'
const OPAQUE = 'gw_live_hlQU2uluvAGsyRZ2KIjzqC'

function codesOf(env: Record<string, string>): string[] {
  return checkEnv(env, { cwd: __dirname }).findings.map(({ code }) => code)
}

test.each([
  ...[
    'DEEPSEEK_APIKEY',
    'deepseek_api_key',
    'DeepSeek_Api_Key',
    'DEEPSEEK-API-KEY',
    'deepseekApiKey',
  ],
  ...[' DEEPSEEK_API_KEY', 'DEEPSEEK_API_KEY\t', '\ufeffDEEPSEEK_API_KEY', 'DEEP_SEEK_API_KEY'],
  ...['DEEPSEK_API_KEY', 'DEEPSEEK_AIP_KEY', 'DEEPSEEK_API_KEYS', 'DEEPSEEK_API_KYE'],
  ...['DEEPSEEK_KEY', 'DEEPSEEK_TOKEN', 'DEEPSEEK_SECRET', 'DEEPSEEK_API_TOKEN', 'DEESEEK_API_KEY'],
  ...['deepseek.api.key', 'DS_API_KEY', 'DEEPSEEK_AUTH_TOKEN'],
])('%j with an opaque key is a misspelling', (name) => {
  expect(codesOf({ [name]: OPAQUE })).toEqual(['key-misnamed'])
})

test.each([
  ...['STAGING_DEEPSEEK_API_KEY', 'DEEPSEEK_API_KEY_TEST', 'DEEPSEEK_API_KEY_OLD'],
  ...['MY_DEEPSEEK_API_KEY', 'DEEPSEEK_API_KEY_1', 'DEEPSEEK_API_KEY_ARN', 'DEEPSEEK_KEY_PROD'],
])('%s is another key: named as a hint, never to be renamed', (name) => {
  const { findings } = checkEnv({ [name]: KEY }, { cwd: __dirname })
  expect(findings).toMatchObject([{ code: 'key-missing', variable: 'DEEPSEEK_API_KEY' }])
  const { evidence, fix } = findings[0]!
  expect([evidence.join(), fix.text]).toEqual([
    expect.stringContaining(name),
    expect.stringContaining(name),
  ])
  expect(fix.text).not.toMatch(/renam|copy|move/i)
})

test.each(['DEEPSEEK_GUARD_KEY', 'DEEPSEEK_GUARD_HEALTH_TOKEN', 'DEEPSEEK_GUARD_STORE_SECRET'])(
  '%s is never a candidate, whatever it holds',
  (name) => {
    const { findings } = checkEnv({ [name]: KEY }, { cwd: __dirname })
    expect(findings.map(({ code }) => code)).toEqual(['key-missing'])
    expect(JSON.stringify(findings)).not.toContain(name)
  },
)

test('a key in the place of a name is not repeated', () => {
  const { findings } = checkEnv({ [`DEEPSEEK_API_KEY_${KEY}`]: KEY }, { cwd: __dirname })
  expect(JSON.stringify(findings)).not.toContain(KEY.slice(3, 17))
})

test.each(['DEEPSEEK', 'DEEPSEEK_API', 'DEEPSEEK_CREDENTIAL', 'KEY_DEEPSEEK'])(
  "%j is a misspelling when its value has DeepSeek's own shape",
  (name) => {
    expect(codesOf({ [name]: KEY })).toEqual(['key-misnamed'])
    expect(codesOf({ [name]: 'primary' })).toEqual(['key-missing'])
  },
)

test.each(['DEEPSEEK_APIKEY_FILE', 'DEEPSEEK_KEY_FILE', 'DEEPSEEK_API_KEY_PATH'])(
  '%j is a misspelling of the file variable',
  (name) => {
    expect(checkEnv({ [name]: '/run/secrets/key' }, { cwd: __dirname }).findings).toMatchObject([
      { code: 'key-misnamed', variable: 'DEEPSEEK_API_KEY_FILE' },
    ])
  },
)

test.each([
  ['DEEPSEEK_MAX_TOKENS', '4096'],
  ['DEEPSEEK_TOKEN_LIMIT', '100000000000000000'],
  ['DEEPSEEK_KEY_ROTATION_DAYS', '30'],
  ['DEEPSEEK_SECRET_NAME', 'prod/deepseek/api-key-2024'],
  ['DEEPSEEK_KEYCLOAK_URL', 'https://sso.example.com'],
  ['DEEPSEEK_API_URL', 'https://api.deepseek.com'],
  ['DEEPSEEK_API_KEY_HEADER', 'X-Api-Key'],
  ['DEEPSEEK_KEY', 'primary'],
  ['DEEPSEEK_TOKEN_TYPE', 'Bearer'],
  ['OPENAI_API_KEY', 'sk-proj-x7Q2kd93mfPq82ndk3'],
  ['GITHUB_TOKEN', 'ghp_x7Q2kd93mfPq82ndk3'],
  ['DEEPSEEK_ENABLED', 'true'],
])('%s=%s is innocent', (name, value) => {
  expect(codesOf({ [name]: value })).toEqual(['key-missing'])
  expect(codesOf({ [name]: value, DEEPSEEK_API_KEY: KEY })).toEqual([])
})

test('a misspelling beside a good key is nobody’s business', () => {
  expect(codesOf({ DEEPSEEK_APIKEY: OPAQUE, DEEPSEEK_API_KEY: KEY })).toEqual([])
})

test('an invisible character in a name is made visible', () => {
  const { findings } = checkEnv({ 'DEEPSEEK_API_KEY\u200b': KEY }, { cwd: __dirname })
  expect(findings[0]?.title).toContain('DEEPSEEK_API_KEY<U+200B (zero-width space)>')
})

test("a key of DeepSeek's shape under another vendor's name is mentioned", () => {
  const { findings } = checkEnv({ OPENAI_API_KEY: KEY }, { cwd: __dirname })
  expect(findings[0]?.evidence.join()).toContain('OPENAI_API_KEY')
})

test.each([
  ...['NEXT_PUBLIC_', 'VITE_', 'REACT_APP_', 'NUXT_PUBLIC_', 'PUBLIC_', 'EXPO_PUBLIC_', 'GATSBY_'],
])('%sDEEPSEEK_API_KEY hands the key to browsers', (prefix) => {
  const name = `${prefix}DEEPSEEK_API_KEY`
  const { findings } = checkEnv({ [name]: KEY, DEEPSEEK_API_KEY: KEY }, { cwd: __dirname })
  expect(findings).toMatchObject([
    { code: 'key-exposed-to-client', severity: 'error', variable: name },
  ])
})

test('a key that went to browsers explains why there is no other', () => {
  expect(codesOf({ VITE_DEEPSEEK_API_KEY: KEY })).toEqual(['key-exposed-to-client'])
})

test("the process's own key under any client name is found", () => {
  expect(codesOf({ DEEPSEEK_API_KEY: OPAQUE, VITE_LLM: OPAQUE })).toContain('key-exposed-to-client')
})

test.each([
  ['NEXT_PUBLIC_DEEPSEEK_MODEL', 'deepseek-flash'],
  ['VITE_DEEPSEEK_BASE_URL', 'https://api.deepseek.com'],
  ['NEXT_PUBLIC_DEEPSEEK_API_KEY', 'your_api_key_here'],
  ['NEXT_PUBLIC_DEEPSEEK_API_KEY', ' '],
  ['VITE_OPENAI_API_KEY', 'sk-proj-x7Q2kd93mfPq82ndk3'],
])('%s=%j hands nothing of DeepSeek to browsers', (name, value) => {
  expect(codesOf({ [name]: value, DEEPSEEK_API_KEY: KEY })).toEqual([])
})
