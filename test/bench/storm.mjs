// A thousand calls at once meet a revoked token, and each refresh invalidates the token before it:
// who refreshes how often, and how many calls fail? Real sockets on loopback.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { print, target } from './measure.mjs'

const load = createRequire(import.meta.url)
const { deepseekGuard } = load('deepseek-guard')
const { OAuth2Client } = load('google-auth-library')
const axios = load('axios')
const { createAuthRefresh } = load('axios-auth-refresh')

const CALLS = 1_000
/** What the token endpoint takes. */
const REFRESH_MS = 20
/** Requests are under way for up to this long before they are judged. */
const LONGEST_WAY_MS = 50

/** An API with its own token endpoint; only the newest token is good. */
async function startIssuer() {
  const state = { issued: 0, refreshes: 0, calls: 0, token: 'token-0' }
  const json = { 'content-type': 'application/json' }
  const server = createServer((req, res) => {
    req.resume()
    if (req.url === '/token') {
      state.refreshes += 1
      setTimeout(() => {
        state.issued += 1
        state.token = `token-${state.issued}`
        const body = { access_token: state.token, token_type: 'Bearer', expires_in: 3_600 }
        res.writeHead(200, json).end(JSON.stringify(body))
      }, REFRESH_MS)
      return
    }
    state.calls += 1
    const { authorization } = req.headers
    setTimeout(() => {
      const status = authorization === `Bearer ${state.token}` ? 200 : 401
      res.writeHead(status, json).end('{}')
    }, state.calls % LONGEST_WAY_MS)
  })
  await new Promise((resolve) =>
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve),
  )
  return { state, server, url: `http://127.0.0.1:${server.address().port}` }
}

const clients = {
  'deepseek-guard': ({ url }) => {
    const credential = async () => {
      const answer = await fetch(`${url}/token`, { method: 'POST' })
      return (await answer.json()).access_token
    }
    const guard = deepseekGuard({ env: {}, baseURL: url, credential, health: false, logger: false })
    return async () => {
      const answer = await guard.fetch(`${url}/chat/completions`, { method: 'POST', body: '{}' })
      await answer.text()
      return answer.ok
    }
  },
  'axios-auth-refresh': ({ url, state }) => {
    let token = state.token
    const client = axios.create()
    createAuthRefresh(client, async (failed) => {
      const { data } = await axios.post(`${url}/token`)
      token = data.access_token
      failed.response.config.headers.Authorization = `Bearer ${token}`
    })
    client.interceptors.request.use((request) => {
      request.headers.Authorization = `Bearer ${token}`
      return request
    })
    return async () => (await client.post(`${url}/chat/completions`, '{}')).status === 200
  },
  'google-auth-library': ({ url, state }) => {
    const client = new OAuth2Client({
      clientId: 'app',
      clientSecret: 'app',
      endpoints: { oauth2TokenUrl: `${url}/token` },
      forceRefreshOnFailure: true,
    })
    client.setCredentials({ access_token: state.token, refresh_token: 'refresh' })
    const request = { url: `${url}/chat/completions`, method: 'POST', body: '{}' }
    return async () => (await client.request({ ...request })).status === 200
  },
}

async function storm(makeClient) {
  const issuer = await startIssuer()
  const { state, server } = issuer
  const call = makeClient(issuer)
  // A token that works; then somebody revokes it.
  await call()
  state.token = 'nobody has this one'
  state.refreshes = 0
  state.calls = 0
  const answers = Array.from({ length: CALLS }, () => call().catch(() => false))
  const good = (await Promise.all(answers)).filter(Boolean).length
  server.close()
  server.closeAllConnections()
  return { refreshes: state.refreshes, failed: CALLS - good, sent: state.calls }
}

const rows = []
for (const [name, makeClient] of Object.entries(clients)) {
  const { refreshes, failed, sent } = await storm(makeClient)
  const ours = name === 'deepseek-guard'
  const limits = `refreshes ${target(refreshes, 1)}; failed ${target(failed, 0)}`
  rows.push([name, refreshes, failed, sent, ours ? limits : ''])
}
print(
  'A storm of 401s',
  `${CALLS} calls at once over loopback; each refresh invalidates the token before it.`,
  ['client', 'refreshes', 'failed calls', 'requests sent', 'targets'],
  rows,
)
