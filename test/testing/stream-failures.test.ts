import { type FailureMode, type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing'

let fake: FakeDeepSeek

beforeEach(async () => {
  fake = await startFakeDeepSeek({ answer: 'one two three four five' })
})
afterEach(() => fake.close())

const ask = (stream: boolean, path = '/chat/completions', signal?: AbortSignal) =>
  fetch(fake.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${fake.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'deepseek-flash', messages: [{ content: 'hi' }], stream }),
    ...(signal && { signal }),
  })
const balance = () =>
  fetch(`${fake.url}/user/balance`, { headers: { authorization: `Bearer ${fake.key}` } })

/** The payloads of a stream, as its client parses them. */
const payloads = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('a stream', () => {
  test('cut has content and no end', async () => {
    fake.fail('stream-cut')
    const response = await ask(true)
    expect(response.status).toBe(200)
    const events = payloads(await response.text())
    expect(events.length).toBeGreaterThan(1)
    expect(events.every(parses)).toBe(true)
    expect(events.join('')).not.toContain('"stop"')
  })

  test('stalled stays open and silent until its client leaves', async () => {
    fake.fail('stream-stall')
    const abort = new AbortController()
    const reader = (await ask(true, '/chat/completions', abort.signal)).body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    const rest = reader?.read().then(async function next(result): Promise<unknown> {
      return result.done ? 'ended' : reader.read().then(next)
    })
    const turn = new Promise((resolve) => setTimeout(resolve, 50, 'open'))
    expect(await Promise.race([rest, turn])).toBe('open')
    abort.abort()
    await expect(rest).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('empty has comments only', async () => {
    fake.fail('stream-empty')
    const text = await (await ask(true)).text()
    expect(text).toMatch(/^(?:: keep-alive\n\n)+$/)
  })

  test('malformed has one bad event and its end mark', async () => {
    fake.fail('stream-malformed')
    const events = payloads(await (await ask(true)).text())
    expect(events.at(-1)).toBe('[DONE]')
    expect(events.slice(0, -1).filter((event) => !parses(event))).toHaveLength(1)
  })

  test.each<[FailureMode, string]>([
    ['insufficient-resource', 'insufficient_system_resource'],
    ['content-filter', 'content_filter'],
  ])('%s ends with that finish reason', async (mode, reason) => {
    fake.fail(mode)
    expect(await (await ask(true)).text()).toContain(`"finish_reason":"${reason}"`)
    expect(await (await ask(true, '/anthropic/v1/messages')).text()).toContain(
      `"stop_reason":"${reason}"`,
    )
    expect(await (await ask(false)).json()).toMatchObject({
      choices: [{ finish_reason: reason }],
    })
  })
})

describe('a JSON body', () => {
  test('cut loses its connection', async () => {
    fake.fail('stream-cut')
    const response = await ask(false)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
  })

  test('malformed does not close', async () => {
    fake.fail('stream-malformed')
    const text = await (await ask(false)).text()
    expect(text).toMatch(/^\{/)
    expect(parses(text)).toBe(false)
  })

  test('empty is blank lines', async () => {
    fake.fail('stream-empty')
    expect(await (await ask(false)).text()).toMatch(/^\n+$/)
  })
})

describe('the plan', () => {
  test('a mode after the 200 leaves other paths alone, and waits for a completion', async () => {
    fake.fail('stream-empty', 1)
    expect(await (await balance()).json()).toMatchObject({ is_available: true })
    expect(await (await ask(true)).text()).not.toContain('data:')
    expect(await (await ask(true)).text()).toContain('[DONE]')
  })

  test('a refused call is not spoilt', async () => {
    fake.fail('stream-empty')
    fake.revoke(fake.key)
    expect((await ask(true)).status).toBe(401)
  })

  test('random draws the same failures for the same seed, and good answers between', async () => {
    const draw = async (seed: number): Promise<string[]> => {
      const other = await startFakeDeepSeek({ seed })
      other.fail('random')
      const seen: string[] = []
      for (let call = 0; call < 30; call += 1) {
        seen.push(
          await fetch(`${other.url}/chat/completions`, {
            method: 'POST',
            headers: { authorization: `Bearer ${other.key}`, 'content-type': 'application/json' },
            body: '{"model":"deepseek-flash","messages":[{"content":"hi"}]}',
          }).then(
            async (response) => {
              const text = await response.text().catch(() => 'lost')
              return `${response.status} ${text.replace(/[0-9a-f-]{36}|\d+/g, '')}`
            },
            () => 'no answer',
          ),
        )
      }
      await other.close()
      return seen
    }
    const first = await draw(7)
    expect(await draw(7)).toEqual(first)
    expect(await draw(8)).not.toEqual(first)
    expect(new Set(first).size).toBeGreaterThan(4)
    expect(first.filter((each) => each.includes('"finish_reason":"stop"')).length).toBeGreaterThan(
      5,
    )
  })
})
