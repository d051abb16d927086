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
  const times = Array.from({ length: 1000 }, () => {
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
    for (let i = 0; i < 3000; i++) diagnose(evidence)
    const batches = Array.from({ length: 8 }, () => measure(evidence))
    // Another process can only make a batch slower, never faster.
    const p50 = Math.min(...batches.map((times) => times[500]!))
    const p99 = Math.min(...batches.map((times) => times[990]!))
    if (process.env.DIAGNOSIS_FIGURES) process.stderr.write(`p50 ${p50} p99 ${p99}\n`)
    // The promise is a p99 of 0.2 ms. On a machine that does other things a p99 measures those, so
    // the median is held, with a margin of five.
    expect(p50).toBeLessThan(1)
  },
)
