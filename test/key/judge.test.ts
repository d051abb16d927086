import { judgeKey } from '../../src/key/judge'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'
const OTHER = 'sk-0f1e2d3c4b5a69780f1e2d3c4b5a6978'
const GATEWAY = 'gw-p5qcqfUeKDh5dbj9mC'

/** The verdict on DeepSeek's own host, and at a gateway. */
const verdicts = (text: string) =>
  [true, false].map((ownHost) => {
    const defect = judgeKey(text, { ownHost })
    return defect && `${defect.code} ${defect.severity}`
  })

const everywhere = (text: string, verdict: string) =>
  expect([text, verdicts(text)]).toEqual([text, [verdict, verdict]])

test.each([
  ...['encrypted:BTePSJaxZCCbQPvTfUUMZ8umpei', 'ENC(MEcuz83yS5zfPgGiNq2Q6E==)', 'op://a/b/c'],
  ...['ENC[AES256_GCM,data:nYRHEaiJ,iv:x,type:str]', 'ENC[PKCS7,MIIBeQYJKoZIhvcNAQcDoIIBajCC]'],
  ...['{cipher}AQB2c3k', '$ANSIBLE_VAULT;1.1;AES256', '@Microsoft.KeyVault(SecretUri=https://x)'],
  ...['{{resolve:secretsmanager:prod/deepseek}}', 'arn:aws:secretsmanager:eu-west-1:1:secret:x'],
  ...['/myapp/production/DEEPSEEK_API_KEY', 'deepseek-api-key:latest', 'os.environ/DEEPSEEK_KEY'],
  ...['${{ secrets.DEEPSEEK_API_KEY }}', '${{shared.DEEPSEEK_API_KEY}}', '$(DEEPSEEK_API_KEY)'],
  ...['vault:secret/data/deepseek#key', '<path:secret/data/x#key>', 'infisical://deepseek/key'],
  ...['prod/deepseek/api-key', '[[ .Env.KEY ]]', '$ref:deepseek', 'gcp:secretmanager:projects/x'],
  ...['@deepseek-api-key', '$env:DEEPSEEK_API_KEY', 'bw://deepseek/password', 'sm://shop/deepseek'],
  ...['kms:AQICAHhB', '-----BEGIN PGP MESSAGE-----', "'op://Private/DeepSeek/credential'"],
])('%j is a reference that nobody resolved, on every host', (text) => {
  everywhere(text, 'key-unexpanded error')
})

test.each([
  ['${{ secrets.X }}', 'GitHub Actions'],
  ['${{shared.X}}', 'Railway'],
  ['encrypted:BTePSJaxZCCbQPv', 'dotenvx'],
  ['ENC[AES256_GCM,data:x]', 'sops'],
  ['ENC[PKCS7,MIIBeQ]', 'eyaml'],
  ['op://a/b', '1Password'],
  ['@Microsoft.KeyVault(x)', 'Key Vault'],
  ['{{resolve:ssm:x}}', 'CloudFormation'],
  ['name:latest', 'Cloud Run'],
])('%j names the tool that should have resolved it: %s', (text, tool) => {
  expect(judgeKey(text)?.advice).toContain(tool)
})

test.each([
  `{"value":"${KEY}"}`,
  `{ "apiKey": "${GATEWAY}", "region": "eu" }`,
  `["${KEY}"]`,
  `DEEPSEEK_BASE_URL=https://api.deepseek.com\nDEEPSEEK_API_KEY=${KEY}\nPORT=3000\n`,
  `# production\nexport DEEPSEEK_API_KEY="${KEY}"\nexport PORT=3000`,
  `apiKey: ${KEY}\nregion: eu\n`,
  `[deepseek]\napi_key = ${KEY}\n`,
  `data: map[api_key:${KEY}]\nmetadata: map[version:3]\n`,
  '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----',
])('%j holds more than the key, on every host', (text) => {
  everywhere(text, 'key-prefixed error')
})

test.each([
  ...[`<${KEY}>`, `(${KEY})`, `${KEY}.`, `${KEY}%`, `# production\n${KEY}`],
  `${KEY} DEEPSEEK_BASE_URL=https://api.deepseek.com`,
])('%j has the key and other text, and would pass without it', (text) => {
  everywhere(text, 'key-prefixed error')
  expect(judgeKey(text)?.repaired).toBe(KEY)
})

test('a whole command around the key holds more than the key', () => {
  everywhere(`curl -H "Authorization: Bearer ${KEY}" https://x.com`, 'key-prefixed error')
})

test('a document with one key in it passes after the fix, one with none or two does not', () => {
  expect(judgeKey(`{"value":"${KEY}"}`)?.repaired).toBe(KEY)
  expect(judgeKey(`{"a":"${KEY}","b":"${OTHER}"}`)?.repaired).toBeUndefined()
  expect(judgeKey('{"region":"eu"}')?.repaired).toBeUndefined()
})

test.each([';', ',', ', ', ',;'])('%j behind the key is named and can be taken away', (end) => {
  everywhere(`${KEY}${end}`, 'key-prefixed error')
  everywhere(`${GATEWAY}${end}`, 'key-prefixed error')
  expect(judgeKey(`${KEY}${end}`)?.repaired).toBe(KEY)
  expect(judgeKey(`${KEY}${end}`)?.what).toMatch(/^a (?:comma|semicolon) at its end$/)
})

test.each([
  ...[
    'proxy-managed',
    '@@secret:deepseek-api-key@@',
    'injected-by-proxy',
    'managed-by-the-sandbox',
  ],
  ...['novita_secret_0f1e2d3c4b5a6978', 'msb_ph_a8f3c2d1e0b9a7f6', 'broker_injected'],
  ...['DENO_SECRET_PLACEHOLDER_b14043a2f578cba7'],
])('%j is the sentinel of a broker: a note, and it is sent', (text) => {
  everywhere(text, 'key-unknown-shape info')
})

test.each(['""', "''", '``', '\u201c\u201d', '" "', "'  '"])('%j is no key at all', (text) => {
  everywhere(text, 'key-missing error')
})

test.each(['sk-', 'sk- ', '\tsk-', 'SK-'])('%j is the prefix and nothing more', (text) => {
  everywhere(text, 'key-truncated error')
})

test('the prefix in quotes would not pass after the fix', () => {
  expect(judgeKey('"sk-"')).toMatchObject({ severity: 'error' })
  expect(judgeKey('"sk-"')?.repaired).toBeUndefined()
})

test.each([...['sk-redacted-redacted', 'sk-MASKED', '[MASKED]', 'deepseek_hidden', 'sk-***']])(
  '%j is what a tool shows in place of a secret',
  (text) => {
    everywhere(text, 'key-masked error')
  },
)

test("the guard's own placeholder is no key", () => {
  everywhere('managed-by-deepseek-guard', 'key-placeholder error')
})

test.each([
  '$2a$10$2MbNgJeL26ZtPCFVEFPkzC/dDKamDnGFkZfPXm5C3WRM7djkHtCSs',
  'team:p5qcqfUeKDh5dbj9mC',
  'p5qcqfUe/KDh5dbj9mC+x==',
])('%j may be the key of a gateway', (text) => {
  expect(judgeKey(text, { ownHost: false })).toMatchObject({
    code: 'key-unknown-shape',
    severity: 'info',
  })
})

test('what can be seen is called by its name, what cannot by its place', () => {
  const evidenceOf = (text: string) => judgeKey(text, { ownHost: false })?.evidence.join('; ')
  expect(evidenceOf('$2a$10$2MbNgJeL26ZtPC')).toContain('a dollar sign')
  expect(evidenceOf('$2a$10$2MbNgJeL26ZtPC')).not.toMatch(/position|U\+/)
  expect(evidenceOf(`${KEY.slice(0, 9)}\u200b${KEY.slice(9)}`)).toContain(
    'position 10: U+200B (zero-width space)',
  )
})
