import { diagnose } from '../../src/diagnosis/diagnose'

const KEY = 'sk-5f0c1ab97de24c5891f3b6470d2e8ca4'
const filler = 'The quick brown fox jumps over the lazy dog and says nothing of use. '.repeat(70)

/** Four kinds of 4 KiB answers, each the worst of its kind: no rule before the last one knows it. */
const bodies: [string, string, string][] = [
  ['JSON', 'application/json', JSON.stringify({ error: { message: filler, type: 'x' } })],
  ['text', 'text/plain', filler],
  ['HTML', 'text/html', `<html><body><p>${filler}</p></body></html>`],
  [
    'nested JSON',
    'application/json',
    JSON.stringify({ error: JSON.stringify({ message: filler }) }),
  ],
]

function measure(evidence: any): number[] {
  const times = Array.from({ length: 200 }, () => {
    const start = performance.now()
    diagnose(evidence)
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)
}

test.each(bodies)(
  'a diagnosis of a 4 KiB %s body takes far less than a millisecond',
  (_, type, body) => {
    const evidence = {
      configured: { apiKey: KEY, baseURL: 'https://api.deepseek.com' },
      request: {
        url: 'https://api.deepseek.com/chat/completions',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      },
      response: { status: 401, headers: { 'content-type': type }, body: body.slice(0, 4096) },
    }
    for (let i = 0; i < 500; i++) diagnose(evidence)
    const batches = Array.from({ length: 5 }, () => measure(evidence))
    // Another process can only make a batch slower, never faster.
    const p50 = Math.min(...batches.map((times) => times[100]!))
    // The promise is a p99 of 0.2 ms, which `npm run bench` prints. On a machine that does other
    // things a p99 measures those, so the median is held here, with a margin of five.
    expect(p50).toBeLessThan(1)
  },
)

/** Texts in which some pattern could go back and forth, if one were careless. */
const hostile: [string, string][] = [
  ['blanks', ' '],
  ['line ends', '\n'],
  ['blanks and line ends', '  \n'],
  ['backticks', '`'],
  ['quotes with a colon', '"a":'],
  ['digits', '401'],
  ['digits and commas', '1,'],
  ['words with underscores', 'tool_'],
  ['the word error', 'error '],
  ['the word model', 'model '],
  ['the word limit', 'limit '],
  ['the word unknown', 'unknown '],
  ['opening brackets', '([{<'],
  ['slashes', '/v1'],
  ['colons', 'a:'],
  ['capitals', 'ERR_'],
  ['letters', 'a'],
  ['host names', 'a.b-'],
  ['comments of a stream', ': \n'],
  ['the word requested', 'requested has '],
  ['the word not supported', 'json_schema a '],
]

/** The fastest of three: another process can only make a run slower. */
function fastest(evidence: any): number {
  const times = [0, 1, 2].map(() => {
    const start = performance.now()
    diagnose(evidence)
    return performance.now() - start
  })
  return Math.min(...times)
}

test.each(hostile)('64 KiB and more of %s are judged in time, wherever they stand', (_, unit) => {
  const long = unit.repeat(Math.ceil(100_000 / unit.length))
  const places: any[] = [200, 400, 401, 429, 503].map((status) => ({
    configured: { baseURL: 'https://gw.example/v1' },
    response: { status, headers: {}, body: long },
  }))
  places.push(
    { error: new Error(long) },
    { error: new Error(`Error code: 400 - ${long}`) },
    { error: new SyntaxError(`Unexpected token ${long}`) },
    { response: { status: 400, body: JSON.stringify({ error: { message: long, code: long } }) } },
    { configured: { apiKey: long, baseURL: long, env: { A_KEY: long, MODEL: long } }, error: long },
    { response: { status: 200, body: long }, stream: { bytes: 9, events: 1, error: long } },
  )
  for (const evidence of places) expect(fastest(evidence)).toBeLessThan(50)
})
