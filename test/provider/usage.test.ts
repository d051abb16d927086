import fc from 'fast-check'
import { findModel, findUsage, mergeUsage, readUsage, tokensOf } from '../../src/provider/usage'

const tokens = (value: unknown) => {
  const fields = readUsage(value)
  return fields && tokensOf(fields)
}

test('reads the usage of a chat completion', () => {
  expect(
    tokens({
      prompt_tokens: 1_000,
      completion_tokens: 300,
      total_tokens: 1_300,
      prompt_cache_hit_tokens: 768,
      prompt_cache_miss_tokens: 232,
      prompt_tokens_details: { cached_tokens: 768 },
      completion_tokens_details: { reasoning_tokens: 120 },
    }),
  ).toEqual({ cacheHit: 768, cacheMiss: 232, output: 300, reasoning: 120 })
})

test("reads OpenAI's details where DeepSeek's own fields are missing", () => {
  expect(
    tokens({
      prompt_tokens: 50,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 20 },
    }),
  ).toEqual({ cacheHit: 20, cacheMiss: 30, output: 7, reasoning: 0 })
})

test('counts all input as missed when nothing tells of a cache', () => {
  expect(tokens({ prompt_tokens: 9, completion_tokens: 2 })).toEqual({
    cacheHit: 0,
    cacheMiss: 9,
    output: 2,
    reasoning: 0,
  })
})

test('adds what Anthropic counts beside input_tokens', () => {
  expect(
    tokens({
      input_tokens: 10,
      cache_creation_input_tokens: 5,
      cache_read_input_tokens: 100,
      output_tokens: 40,
    }),
  ).toEqual({ cacheHit: 100, cacheMiss: 15, output: 40, reasoning: 0 })
})

test('takes the cached input of /responses out of input_tokens', () => {
  expect(
    tokens({
      input_tokens: 110,
      input_tokens_details: { cached_tokens: 100 },
      output_tokens: 40,
      output_tokens_details: { reasoning_tokens: 30 },
      total_tokens: 150,
    }),
  ).toEqual({ cacheHit: 100, cacheMiss: 10, output: 40, reasoning: 30 })
})

test('looks past the empty half of a gateway that fills two dialects', () => {
  expect(
    tokens({
      prompt_tokens: 13,
      completion_tokens: 4,
      prompt_cache_hit_tokens: 0,
      prompt_cache_miss_tokens: 0,
      input_tokens: 0,
      output_tokens: 0,
      input_tokens_details: null,
    }),
  ).toEqual({ cacheHit: 0, cacheMiss: 13, output: 4, reasoning: 0 })
})

test.each([null, undefined, 'usage', 7, {}, [], { total_tokens: 4 }, { prompt_tokens: '12' }])(
  'finds no usage in %j',
  (value) => expect(readUsage(value)).toBeUndefined(),
)

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, '5', null, {}])(
  'leaves out a count of %p',
  (count) => {
    expect(tokens({ prompt_tokens: count, completion_tokens: 3 })).toEqual({
      cacheHit: 0,
      cacheMiss: 0,
      output: 3,
      reasoning: 0,
    })
  },
)

test("joins Anthropic's first and last event", () => {
  const start = readUsage({ input_tokens: 25, cache_read_input_tokens: 75, output_tokens: 1 })
  const end = readUsage({ output_tokens: 15 })
  expect(tokensOf(mergeUsage(start, end) ?? {})).toEqual({
    cacheHit: 75,
    cacheMiss: 25,
    output: 15,
    reasoning: 0,
  })
})

test('does not let a later nought wipe out a count', () => {
  const merged = mergeUsage(readUsage({ input_tokens: 25 }), readUsage({ input_tokens: 0 }))
  expect(merged).toEqual({ input_tokens: 25 })
})

test('merging with nothing gives what is there', () => {
  const fields = readUsage({ output_tokens: 3 })
  expect(mergeUsage(undefined, fields)).toBe(fields)
  expect(mergeUsage(fields, undefined)).toBe(fields)
  expect(mergeUsage(undefined, undefined)).toBeUndefined()
})

test('finds the usage in the last KiB of a body', () => {
  const body = JSON.stringify({
    id: 'a',
    choices: [{ message: { content: 'x'.repeat(5_000) } }],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 4 },
    },
    system_fingerprint: 'fp_}{',
  })
  expect(findUsage(body.slice(-1_024))).toEqual({
    prompt_tokens: 10,
    completion_tokens: 20,
    'prompt_tokens_details.cached_tokens': 4,
  })
})

test('finds usage that is spread over lines', () => {
  const body = JSON.stringify({ usage: { input_tokens: 3, output_tokens: 4 } }, undefined, 2)
  expect(findUsage(body)).toEqual({ input_tokens: 3, output_tokens: 4 })
})

test('does not read usage that the model wrote', () => {
  const content = '{"usage":{"prompt_tokens":999}}'
  expect(findUsage(JSON.stringify({ choices: [{ delta: { content } }], usage: null }))).toBe(
    undefined,
  )
})

test.each([
  '"usage":{"prompt_tokens":10',
  'ompt_tokens":10,"completion_tokens":3}}',
  '"usage":{prompt_tokens}',
  '"usage":null',
  '',
])('finds nothing in %j', (text) => expect(findUsage(text)).toBeUndefined())

test('joins the objects of several events in one piece', () => {
  const events = [
    'data: {"type":"message_start","message":{"usage":{"input_tokens":8,"output_tokens":1}}}',
    'data: {"type":"message_delta","usage":{"output_tokens":30}}',
  ].join('\n\n')
  expect(findUsage(events)).toEqual({ input_tokens: 8, output_tokens: 30 })
})

test('finds the model at the head of a body', () => {
  expect(findModel('{"id":"1","object":"chat.completion","model":"deepseek-flash","choi')).toBe(
    'deepseek-flash',
  )
  expect(findModel('{"model":"two words"}')).toBeUndefined()
})

const anyUsage = fc.dictionary(
  fc.constantFrom(
    'prompt_tokens',
    'completion_tokens',
    'prompt_cache_hit_tokens',
    'prompt_cache_miss_tokens',
    'input_tokens',
    'output_tokens',
    'cache_read_input_tokens',
    'prompt_tokens_details',
    'completion_tokens_details',
    'input_tokens_details',
  ),
  fc.oneof(
    fc.nat(),
    fc.double(),
    fc.string(),
    fc.record({ cached_tokens: fc.double(), reasoning_tokens: fc.double() }),
  ),
)

test('tokens are whole, finite and never negative, and reasoning is a part of output', () => {
  fc.assert(
    fc.property(fc.array(anyUsage, { maxLength: 4 }), (objects) => {
      const merged = objects.map(readUsage).reduce(mergeUsage, undefined)
      if (!merged) return
      const found = tokensOf(merged)
      for (const count of Object.values(found)) {
        expect(Number.isSafeInteger(count)).toBe(true)
        expect(count).toBeGreaterThanOrEqual(0)
      }
      expect(found.reasoning).toBeLessThanOrEqual(found.output)
    }),
  )
})

test('reads any text without throwing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      findUsage(`"usage":{${text}`)
      findModel(`"model":"${text}`)
    }),
  )
})
