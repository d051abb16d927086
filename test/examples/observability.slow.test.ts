import { envOf, fakeForEach, runExample, untilStatus } from './run-example'

jest.setTimeout(60_000)

const fake = fakeForEach()

test('the observability example counts a call, traces it and stops cleanly', async () => {
  const app = runExample('observability/server.mjs', envOf(fake()))
  const url = await app.url()
  await untilStatus(`${url}/health/deepseek`, 200)
  expect(await (await fetch(`${url}/chat?message=Hello`)).json()).toEqual({
    answer: 'You said: Hello',
  })
  const scraped = await (await fetch(`${url}/metrics`)).text()
  expect(scraped).toContain('deepseek_guard_state{state="pass"} 1')
  expect(scraped).toContain(
    'deepseek_guard_requests_total{method="POST",code="200",cause="none"} 1',
  )
  await app.sees(/'url\.full': '\S+\/chat\/completions'/)
  app.signal('SIGTERM')
  expect(await app.exit).toBe(0)
})
