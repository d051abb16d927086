import { resolveHost } from '../../src/cli/reach'

const never = new AbortController().signal

test('an address needs no resolver', async () => {
  const resolved = await resolveHost('127.0.0.1', never)
  expect(resolved).toEqual({ addresses: [{ address: '127.0.0.1', family: 4 }] })
})

test('names of the hosts file count', async () => {
  const resolved = await resolveHost('localhost', never)
  expect(resolved).toMatchObject({ addresses: expect.arrayContaining([expect.anything()]) })
})

test('an unknown name gives the code of the system', async () => {
  const resolved = await resolveHost('no-such-name.invalid', AbortSignal.timeout(10_000))
  expect(resolved).toEqual({ code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN|ETIMEDOUT)$/) })
}, 15_000)

test('a resolver that does not answer in time is left', async () => {
  const deadline = new AbortController()
  const resolving = resolveHost('localhost', deadline.signal)
  deadline.abort()
  expect(await resolving).toEqual({ code: 'ETIMEDOUT' })
})

test('preloaded modules of this process do not run in the child', async () => {
  const before = process.env.NODE_OPTIONS
  process.env.NODE_OPTIONS = '--require=/no/such/module.js'
  try {
    expect(await resolveHost('localhost', never)).toHaveProperty('addresses')
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS
    else process.env.NODE_OPTIONS = before
  }
})
