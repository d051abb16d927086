import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { judgeKey } from '../../src/key/judge'

const DIGITS = '4b3e9c0a71d85f26e0c9b7a3d1f48265'
const KEY = `sk-${DIGITS}`
const OTHER = 'sk-56284f1d3a7b9c0e62f58d17a0c9e3b4'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Texts by the one cause that explains them. */
const table: Record<string, string[]> = {
  'key-missing': ['', '   ', '\n', '\ufeff'],
  'key-placeholder': [
    ...['YOUR_API_KEY', 'sk-your-deepseek-key', '<DEEPSEEK_API_KEY>', '[your key]', '(insert key)'],
    ...['{your_api_key}', 'INSERT_KEY_HERE', 'replace_me', 'ChangeMe123!', 'sk-xxx', 'XXXX-XXXX'],
    ...['sk-00000000000000000000000000000000', 'sk-abcdefghijklmnopqrstuvwxyz', 'sk-12345'],
    ...[
      'tu_clave_api',
      'no-key',
      '-',
      '__',
      'test-key',
      'dummy',
      'my-api-key',
      'TODO',
      'foobar',
      'deepseek',
      'YourApiKeyHere',
      'n/a',
    ],
    ...['你的API密钥', '请输入你的key', 'sk-你的密钥', 'ваш_ключ', '여기에키입력', 'votre_clé_api'],
    ...[
      'your key here',
      'Enter your API key',
      'sk-proj-xxxx',
      'not-a-real-key',
      '????',
      'aaaaaaaa',
    ],
  ],
  'key-unexpanded': [
    ...['${DEEPSEEK_API_KEY}', '${KEY:-}', '$DEEPSEEK_API_KEY', '$(cat key)', '`cat key`', '%KEY%'],
    ...[
      '${{ secrets.KEY }}',
      '{{ .Values.key }}',
      'op://vault/item/key',
      'vault:secret/data/x#key',
    ],
    ...['ENC[AES256_GCM,data:x]', 'ref+vault://x', '{DEEPSEEK_API_KEY}', '#{KEY}#', '__API_KEY__'],
    ...['arn:aws:secretsmanager:eu-west-1:1:secret:x', 'projects/p/secrets/s/versions/latest'],
    ...['process.env.DEEPSEEK_API_KEY', 'DEEPSEEK_API_KEY', '$env:KEY', 'sk-${KEY}', "'$KEY'"],
    ...['Bearer ${KEY}', '"{{ key }}"', '@Microsoft.KeyVault(SecretUri=https://x)', 'var.api_key'],
    ...['%env(DEEPSEEK_API_KEY)%', 'os.environ/DEEPSEEK_API_KEY', '{env:KEY}', '{file:./key}'],
  ],
  'key-nullish': [
    ...[
      'undefined',
      'NULL',
      'None',
      'NaN',
      '[object Object]',
      '<nil>',
      '<no value>',
      '{}',
      '"null"',
    ],
    ...['[object Promise]', '() => key', 'async () => key', '[Function: key]', 'Bearer undefined'],
  ],
  'key-is-path': [
    ...[
      '/run/secrets/key',
      './key.txt',
      '~/key',
      'C:\\keys\\x',
      'file:///run/key',
      'deepseek.json',
    ],
    ...['secrets/deepseek', 'conf/deepseek.key', '$HOME/key', 'https://api.deepseek.com', '.env'],
    ...['api.deepseek.com', '"/run/secrets/key"', '\\\\server\\share\\key'],
  ],
  'key-masked': [
    ...[
      'sk-***',
      'sk-4b3e****8265',
      'sk-4b...65',
      'sk-4b…65',
      'sk-••••8265',
      'sk-4b3exxxxxxxx8265',
    ],
    ...['[REDACTED]', '(sensitive value)', '***', 'sk-4b3e--------8265', 'sk-xxxxxxxx8265'],
  ],
  'key-quoted': [
    ...[`"${KEY}"`, `'${KEY}'`, `\`${KEY}\``, `“${KEY}”`, `«${KEY}»`, `"${KEY}`, `${KEY}"`],
    ...[`\\"${KEY}\\"`, `"${KEY}",`, `" ${KEY}"`, `'"${KEY}"'`, `"Bearer ${KEY}"`, `"${KEY}"\r\n`],
  ],
  'key-prefixed': [
    ...[`Bearer ${KEY}`, `bearer: ${KEY}`, `Authorization: Bearer ${KEY}`, `x-api-key: ${KEY}`],
    ...[
      `DEEPSEEK_API_KEY=${KEY}`,
      `export K="${KEY}"`,
      `api_key: ${KEY}`,
      `=${KEY}`,
      `Bearer${KEY}`,
    ],
    ...[`{"api_key":"${KEY}"}`, `["${KEY}"]`, `- ${KEY}`, `--api-key=${KEY}`, `my key is ${KEY}`],
  ],
  'key-encoded': [
    ...[base64(KEY), base64(base64(KEY)), base64(`${KEY}\n`), base64(`"${KEY}"`), `${KEY}%0A`],
    ...[base64(`Bearer ${KEY}`), base64(KEY).replace(/=/g, ''), `base64:${base64(KEY)}`],
    ...[Buffer.from(KEY).toString('hex'), `&quot;${KEY}&quot;`, `sk\\u002d${DIGITS}`],
    ...[encodeURIComponent(` ${KEY}`), base64('your_api_key_here')],
  ],
  'key-repeated': [
    ...[KEY + KEY, `${KEY} ${KEY}`, `${KEY},${OTHER}`, `${KEY}\n${KEY}`, `["${KEY}","${OTHER}"]`],
    ...['gw_live_abc123def456gw_live_abc123def456'],
  ],
  'key-whitespace': [
    ...[` ${KEY}`, `${KEY}\r\n`, `\ufeff${KEY}`, `${KEY}\u00a0`, `\u3000${KEY}`, `${KEY}\\n`],
    ...[`sk- ${DIGITS}`, `${KEY.slice(0, 9)}\n${KEY.slice(9)}`, `${KEY} # prod`, `\\n${KEY}`],
  ],
  'key-unsendable': [
    ...[
      `${KEY}\u200b`,
      `\u200b${KEY}`,
      `sk–${DIGITS}`,
      `ｓｋ－${DIGITS}`,
      `${KEY}（生产）`,
      `${KEY}🔑`,
    ],
    ...[`sk-\u0430${DIGITS.slice(1)}`, `${KEY}\u0007`, `${KEY.slice(0, 9)}\ufeff${KEY.slice(9)}`],
    ...[randomBytes(9000).toString('base64')],
  ],
  'key-truncated': ['sk-', KEY.slice(0, -1), KEY.slice(0, 20), DIGITS, `k-${DIGITS}`],
  'key-wrong-vendor': [
    ...['sk-proj-kXQ7dP2mZ9', 'sk-svcacct-kXQ7dP2mZ9', 'sk-ant-api03-kXQ7dP2mZ9', 'gsk_kXQ7dP2mZ9'],
    ...[
      'sk-a8Fq2T3BlbkFJ8kd2',
      'sk-or-v1-8c1fe2',
      'xai-kXQ7dP2mZ9',
      'AIzaSyB8kd2Qf',
      'hf_kXQ7dP2mZ9',
    ],
    ...['nvapi-kXQ7dP2mZ9', 'pplx-kXQ7dP2mZ9', 'ghp_kXQ7dP2mZ9', 'github_pat_11AB', 'AKIA7XQ2'],
  ],
  'key-session-token': ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
  'key-unknown-shape': [
    ...[`${KEY}0`, KEY.toUpperCase(), 'sk-G3Y1na9GOugym1iXuCyqFT0AHwWz', 'Tr0ub4dor&8nVaaU!'],
    ...[
      '550e8400-e29b-41d4-a716-446655440000',
      'gw_live_hlQU2uluvAGsyRZ2KIjz',
      `sk-\u00ad${DIGITS}`,
    ],
  ],
}
const rows = Object.entries(table).flatMap(([cause, texts]) =>
  texts.map((text) => [JSON.stringify(text.slice(0, 60)), cause, text] as const),
)

test.each(rows)('%s is %s', (_, cause, text) => {
  expect(judgeKey(text)?.code).toBe(cause)
})

test('a key of the genuine shape is left alone', () => {
  const random = fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: 32,
    maxLength: 32,
  })
  fc.assert(
    fc.property(random, (digits) => {
      const defect = judgeKey(`sk-${digits}`)
      // The generator likes short patterns; those are rightly called samples.
      expect(['key-placeholder', undefined]).toContain(defect?.code)
    }),
  )
  for (let round = 0; round < 5000; round += 1) {
    expect(judgeKey(`sk-${randomBytes(16).toString('hex')}`)).toBeUndefined()
  }
})

test.each([
  'FmPpr0TbRoBvUFQrFO-w8RRkEYHErERnAQdHz7CzVGrK140d',
  'AAZkOMOG4O4ErDGD01x-IcI_4rnajL2BPQ',
  'q9z2m4testkey8w1p5r3v7c6',
])('words that a random key holds by chance are no sample text', (text) => {
  expect(judgeKey(`gw_${text}`, { ownHost: false })?.code).toBe('key-unknown-shape')
})

test('a random key of a gateway is never taken for a fault', () => {
  for (let round = 0; round < 5000; round += 1) {
    // The same five thousand at every run: a digest is as random, and can be looked at again.
    const digest = createHash('sha512').update(String(round)).digest()
    const text = digest.subarray(0, 24 + (round % 24)).toString('base64url')
    const cause = judgeKey(`gw_${text}`, { ownHost: false })?.code
    expect([text, cause]).toEqual([text, 'key-unknown-shape'])
  }
})

test.each([
  ['a shape that nobody knows', 'sk-G3Y1na9GOugym1iXuCyqFT0AHwWz'],
  ['what LiteLLM gives by default', 'sk-1234'],
  ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
  ["another vendor's prefix", 'sk-proj-kXQ7dP2mZ9'],
])('away from the own host %s is a note', (_, text) => {
  expect(judgeKey(text, { ownHost: false })).toMatchObject({
    code: 'key-unknown-shape',
    severity: 'info',
  })
})

test("a vendor's key at that vendor's host is left alone", () => {
  const context = { ownHost: false, hostVendor: 'openrouter' }
  expect(judgeKey('sk-or-v1-8c1fe2', context)).toBeUndefined()
})

test('a sample stays an error away from the own host', () => {
  const defect = judgeKey('your_api_key_here', { ownHost: false })
  expect(defect).toMatchObject({ code: 'key-placeholder', severity: 'error' })
})

test("a value that is another variable's name is a reference", () => {
  const context = { names: ['PROD_LLM_SECRET'] }
  expect(judgeKey('PROD_LLM_SECRET', context)?.code).toBe('key-unexpanded')
})

test.each([
  [`"${KEY}"`, KEY],
  [`"Bearer ${KEY}"`, KEY],
  [base64(base64(KEY)), KEY],
  [base64(`"${KEY}"\n`), KEY],
  [`${KEY} ${KEY}`, KEY],
  [`${KEY}\\n`, KEY],
  [`sk–${DIGITS}`, KEY],
  [`${KEY.slice(0, 9)}\n${KEY.slice(9)}`, KEY],
  [`sk%2D${DIGITS}\n`, KEY],
  ['"undefined"', undefined],
  [`${KEY},${OTHER}`, undefined],
  ['"sk-proj-kXQ7dP2mZ9"', undefined],
  [base64('your_api_key_here'), undefined],
])('%j is repaired only when something usable is inside', (text, repaired) => {
  expect(judgeKey(text)?.repaired).toBe(repaired)
})

test('positions count from 1 and name the code point', () => {
  const text = `${KEY.slice(0, 15)} ${KEY.slice(15)}`
  expect(judgeKey(text)?.evidence).toContain('position 16: U+0020 (space)')
})

test('no answer holds more than four characters in a row of the text', () => {
  const wrap = fc.constantFrom('"$"', 'Bearer $', '$ ', '$$', 'sk-$', '/$', '<$>', 'X=$', '${$}')
  fc.assert(
    fc.property(
      wrap,
      fc.string({ minLength: 8, maxLength: 60, unit: 'binary' }),
      (form, secret) => {
        const defect = judgeKey(form.replaceAll('$', () => secret))
        const said = JSON.stringify([defect?.evidence, defect?.advice])
        const parts = Array.from(secret, (_, at) => secret.slice(at, at + 5))
        expect(parts.filter((part) => part.length === 5 && said.includes(part))).toEqual([])
      },
    ),
    { numRuns: 3000 },
  )
})

/** CPU time, not the clock: other programs on the machine must not decide. */
function costOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

test('hostile texts are judged in bounded time', () => {
  const units = [
    ...[
      '"',
      '\\',
      '\\n',
      '{"',
      '{',
      '{{',
      '${',
      '<%',
      'a=',
      '%41',
      '&#1;',
      'x:',
      '$(',
      '../',
      '- ',
    ],
    ...['sk-', '\u200b', 'a.', 'export A ', 'a b ', `sk-${DIGITS}`, 'promise {', '()=>', '_', ' x'],
  ]
  for (const unit of units) {
    for (const start of ['', '"', 'sk-', 'export ', '${']) {
      const text = `${start}${unit.repeat(8000 / unit.length)}!`
      expect([start + unit, costOf(() => judgeKey(text)) < 400]).toEqual([start + unit, true])
    }
  }
})
