import { judgeKey } from '../../src/key/judge'
import { expectPinned, figuresOf } from '../pinned'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'
const OTHER = 'sk-0f1e2d3c4b5a69780f1e2d3c4b5a6978'
const GATEWAY = 'gw-p5qcqfUeKDh5dbj9mC'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text).toString('hex')
const entities = (text: string) => text.replace(/[^a-z]/g, (each) => `&#${each.charCodeAt(0)};`)
const escapes = (text: string) =>
  text.replace(/[-_]/g, (each) => `\\x${each.charCodeAt(0).toString(16)}`)

/** Ways in which a text gets around a key. */
const WRAPS: ((text: string) => string)[] = [
  (text) => text,
  (text) => ` ${text}\n`,
  (text) => `\ufeff${text}`,
  (text) => `\t \r\n${text} \u00a0 \t`,
  (text) => `"${text}"`,
  (text) => `'${text}`,
  (text) => `${text}"`,
  (text) => `\\"${text}\\"`,
  (text) => `"'${text}'",`,
  (text) => `“${text}”`,
  (text) => `Bearer ${text}`,
  (text) => `Bearer${text}`,
  (text) => `Authorization: Bearer ${text}`,
  (text) => `DEEPSEEK_API_KEY=${text}`,
  (text) => `export KEY="${text}"`,
  (text) => `team:${text}`,
  (text) => `key: ${text}`,
  (text) => `=${text}`,
  (text) => `${text};`,
  (text) => `${text}, ,`,
  (text) => `${text})]`,
  (text) => `${text} PORT=3000`,
  (text) => `${text} # a comment`,
  (text) => `${text} ${text}`,
  (text) => `${text}${text}`,
  (text) => `${text},${OTHER}`,
  (text) => `["${text}","${OTHER}"]`,
  (text) => `{"a":"${text}"}`,
  (text) => `{"a":"${text}","b":"${OTHER}"}`,
  (text) => `A=1\nB=${text}\n`,
  (text) => `a\nb\nC=${text}\n`,
  (text) => `a\nb\nc\nd\nE=${text}\n`,
  (text) => `[a]\nb = ${text}`,
  base64,
  (text) => base64(base64(text)),
  (text) => base64(`${text}\n`),
  (text) => `base64:${base64(text)}`,
  (text) => `"${base64(text)}"`,
  hex,
  (text) => encodeURIComponent(`"${text}"`),
  entities,
  escapes,
  (text) => text.slice(0, -1),
  (text) => text.slice(1),
  (text) => text.slice(3),
  (text) => text.slice(0, 3),
  (text) => text.slice(0, 9),
  (text) => `${text}0`,
  (text) => text.toUpperCase(),
  (text) => `${text.slice(0, 9)}\u200b${text.slice(9)}`,
  (text) => `${text.slice(0, 9)} ${text.slice(9)}`,
  (text) => `${text.slice(0, 9)}\n${text.slice(9)}`,
  (text) => `${text.slice(0, 9)}${text.slice(9).replace('-', '–')}`,
  (text) => text.replace(/-/, '–'),
  (text) => text.replace(/0/g, 'О'),
  (text) => `${text.slice(0, 7)}****${text.slice(-4)}`,
  (text) => `${text.slice(0, 7)}…${text.slice(-4)}`,
  (text) => text.replace(/[0-9]/g, 'x'),
  (text) => `<${text}>`,
  (text) => `your-${text}`,
  (text) => `${text}-here`,
  (text) => `\${${text}}`,
  (text) => `/run/secrets/${text}.txt`,
  (text) => `https://a.example/${text}`,
]

/** Texts that anything may get around. */
const WRAPPED = [KEY, GATEWAY, 'sk-ant-api03-abcdefghij0123456789', 'your_key_here', 'undefined']

/** Texts that stand in the place of a key. */
const TEXTS = [
  ...['sk-proj-abcdefghij0123456789XY', 'sk-or-v1-0123456789abcdef0123456789abcdef'],
  ...[
    'AKIAIOSFODNN7EXAMPLE',
    'ghp_0123456789abcdefghijABCDEFGHIJ012345',
    'AIzaSyD0123456789abcdef',
  ],
  ...['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'hf_abcdefghij0123456789'],
  ...['undefined', 'null', '[object Object]', 'async () => {}', '<nil>', 'your_api_key_here'],
  ...['sk-xxxxxxxxxxxxxxxx', 'sk-1234567890abcdef', 'changeme', 'my key', 'test', 'sk-00000000'],
  ...[`sk-${'1'.repeat(32)}`, `sk-${'0123456789abcdef'.repeat(2)}`, 'please put your key in here'],
  ...['$DEEPSEEK_API_KEY', '%DEEPSEEK_API_KEY%', '{{ .Values.key }}', 'process.env.KEY', 'KEY'],
  ...['./key.txt', 'C:\\keys\\deepseek.key', 'api.deepseek.com', '.env', 'ключ от сервиса', '密钥'],
  ...['***', 'sk-***', '[REDACTED]', '', ' ', 'sk-', '"', '""', '=', 'a', '\u0000', 'clé'],
]

const outline = (text: string, ownHost: boolean): string => {
  const defect = judgeKey(text, { ownHost, names: ['KEY', 'DEEPSEEK_API_KEY'] })
  if (defect === undefined) return 'good'
  const { code, severity, vendor, repaired, what, evidence, advice } = defect
  return [
    `${code} ${severity}`,
    ...(vendor === undefined ? [] : [`of ${vendor}`]),
    ...(repaired === undefined ? [] : [`to ${JSON.stringify(repaired)}`]),
    ...(what === undefined ? [] : ['what']),
    ...(advice === undefined ? [] : ['advice']),
    figuresOf(evidence),
  ].join(' ')
}

test('what is judged of each text around each key does not change unnoticed', () => {
  const wrapped = WRAPPED.flatMap((text) => WRAPS.map((wrap) => wrap(text)))
  const others = TEXTS.flatMap((text) => [text, `"${text}"`, base64(text)])
  const lines = [...new Set([...wrapped, ...others])].map((text) => {
    const [own, foreign] = [outline(text, true), outline(text, false)]
    return [JSON.stringify(text), own, own === foreign ? '=' : foreign].join(' | ')
  })
  expectPinned('keys', lines)
})

test('a text of eight thousand characters is judged, a longer one is not', () => {
  expect(judgeKey('k'.repeat(8_192))?.code).not.toBe('key-unsendable')
  expect(judgeKey('k'.repeat(8_193))?.code).toBe('key-unsendable')
})

test.each([
  ['sk-ant-api03-abcdefghij0123456789', 'anthropic'],
  ['hf_abcdefghij0123456789', 'huggingface'],
])('a key %s is none of a defect at the host of %s', (text, hostVendor) => {
  expect(judgeKey(text, { ownHost: false, hostVendor })).toBeUndefined()
})
