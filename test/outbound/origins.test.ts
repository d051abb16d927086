import { deepseekGuard } from '../../src'

const KEY = 'sk-0123456789abcdef0123456789abcdef'

/** The authorization that a call to `url` leaves with. */
async function sentTo(url: string, outbound: { origins?: string[] } = {}) {
  const sent: (string | null)[] = []
  const transport = async (_: unknown, init?: RequestInit) => {
    sent.push(new Headers(init?.headers).get('authorization'))
    return new Response('{}')
  }
  const env = { DEEPSEEK_API_KEY: KEY, DEEPSEEK_GUARD_ORIGINS: 'https://listed.example' }
  const options = { env, health: false, logger: false, outbound: { ...outbound, fetch: transport } }
  const guard = deepseekGuard(options as Parameters<typeof deepseekGuard>[0])
  await guard.fetch(url)
  await guard.close()
  return sent
}

it('origins of the environment get the credential when no option lists others', async () => {
  expect(await sentTo('https://listed.example/v1')).toEqual([`Bearer ${KEY}`])
})

it('origins of the option win over those of the environment', async () => {
  const origins = ['https://other.example']
  expect(await sentTo('https://other.example/v1', { origins })).toEqual([`Bearer ${KEY}`])
  expect(await sentTo('https://listed.example/v1', { origins })).toEqual([null])
})
