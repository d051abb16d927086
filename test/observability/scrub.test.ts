import fc from 'fast-check'
import { createScrubber } from '../../src/observability/scrub'

const key = 'sk-0123456789abcdef0123456789abcdef'

function scrubberOf(...secrets: string[]) {
  const scrubber = createScrubber()
  for (const secret of secrets) scrubber.add(secret)
  return scrubber
}

test('leaves a text alone when no secret is known', () => {
  expect(createScrubber().scrub(`key ${key}`)).toBe(`key ${key}`)
})

test('leaves a text without a secret alone', () => {
  expect(scrubberOf(key).scrub('401 from api.deepseek.com')).toBe('401 from api.deepseek.com')
})

test('removes the plain secret wherever it stands', () => {
  expect(scrubberOf(key).scrub(`a=${key}&b="${key}"`)).toBe('a=[secret]&b="[secret]"')
})

test.each([0, 1, 2])('removes the secret from Basic credentials with %i bytes before it', (pad) => {
  const basic = Buffer.from(`${'u'.repeat(pad)}${key}:x`).toString('base64')
  const clean = scrubberOf(key).scrub(`Basic ${basic}`)
  expect(clean).toContain('[secret]')
  expect(clean.replace('Basic ', '').replace('[secret]', '').length).toBeLessThan(10)
})

test('removes url-safe base64', () => {
  const secret = '\xff\xfe\xfb>>>???~~~\xff'
  const text = Buffer.from(secret).toString('base64url')
  expect(scrubberOf(secret).scrub(text)).toMatch(/^\[secret\].?.?$/)
})

test('removes a URL-encoded secret in either letter case', () => {
  const secret = 'gateway/key+with=signs'
  const encoded = encodeURIComponent(secret)
  const clean = scrubberOf(secret).scrub(
    `${encoded} ${encoded.replaceAll(/%../g, (x) => x.toLowerCase())}`,
  )
  expect(clean).toBe('[secret] [secret]')
})

test('removes a JSON-escaped secret', () => {
  const secret = 'quoted"back\\slash'
  expect(scrubberOf(secret).scrub(JSON.stringify({ secret }))).toBe('{"secret":"[secret]"}')
})

test('removes the longer of two secrets that share a beginning', () => {
  expect(scrubberOf('abcdefgh', 'abcdefghijkl').scrub('abcdefghijkl')).toBe('[secret]')
  expect(scrubberOf('abcdefghijkl', 'abcdefgh').scrub('abcdefghijkl')).toBe('[secret]')
})

test('takes the characters of a secret literally', () => {
  const scrubber = scrubberOf('a.c*e+g?(i)[k]{m}|o^q$s\\u/w')
  expect(scrubber.scrub('abcdefgh')).toBe('abcdefgh')
  expect(scrubber.scrub('a.c*e+g?(i)[k]{m}|o^q$s\\u/w')).toBe('[secret]')
})

test('ignores values too short to be a secret', () => {
  expect(scrubberOf('error').scrub('an error')).toBe('an error')
})

test('still removes the token that was replaced a moment ago', () => {
  const clean = scrubberOf('first-token', 'second-token').scrub('first-token second-token')
  expect(clean).toBe('[secret] [secret]')
})

describe('a line', () => {
  test('never ends within a secret, wherever it is cut', () => {
    const scrubber = scrubberOf(key, 'another-secret-of-ours')
    for (let limit = 1; limit < 90; limit++) {
      const line = scrubber.line(`a ${key} b another-secret-of-ours c ${'x'.repeat(99)}`, limit)
      expect(line.length).toBeLessThanOrEqual(limit)
      expect(line.replaceAll('[secret]', '')).not.toMatch(/sk-|0123|another/)
    }
  })

  test('costs milliseconds, however long and hostile the text', () => {
    const scrubber = scrubberOf(key, 'another-secret-of-ours')
    const texts = ['a-b.', 'sk-', '-eyJ', '/', 'sk-0123456789abcdef', '\n', key]
    for (const text of texts) {
      const startedAt = performance.now()
      scrubber.line(text.repeat(200_000 / text.length), 1_000)
      expect(performance.now() - startedAt).toBeLessThan(50)
    }
  })

  test.each([
    'sk-0123456789abcdef0123456789abcdef',
    'AIzaSyA0123456789abcdefghijklmnopqrstu',
    'ghp_0123456789abcdefghij',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  ])('hides %s, which nobody told it of', (shape) => {
    expect(createScrubber().line(`(${shape})`, 100)).toBe('([secret])')
  })

  test('leaves words alone that only begin like a key', () => {
    const text = 'Set DEEPSEEK_API_KEY to sk-… from task-force sk-test'
    expect(createScrubber().line(text, 100)).toBe(text)
  })
})

test('forgets the oldest token beyond its bound and keeps one that was added again', () => {
  const scrubber = scrubberOf('kept-token', 'lost-token')
  for (let i = 0; i < 63; i += 1) {
    scrubber.add(`rotated-token-${i}`)
    scrubber.add('kept-token')
  }
  expect(scrubber.scrub('kept-token lost-token')).toBe('[secret] lost-token')
})

test('no encoding of any token survives, whatever stands around it', () => {
  const tokens = fc.string({ unit: 'binary', minLength: 8, maxLength: 60 })
  fc.assert(
    fc.property(tokens, fc.string(), fc.string(), (token, before, after) => {
      const { scrub } = scrubberOf(token)
      const wellFormed = Buffer.from(token).toString()
      const texts = [token, encodeURIComponent(wellFormed), JSON.stringify(token).slice(1, -1)]
      for (const text of texts) expect(scrub(before + text + after)).not.toContain(text)
      const encoded = Buffer.from(before + wellFormed + after).toString('base64')
      expect(scrub(encoded)).toContain('[secret]')
    }),
  )
})
