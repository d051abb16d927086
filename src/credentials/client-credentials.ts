import { systemClock } from '../clock'
import { isLoopbackHost } from '../diagnosis/vendors'
import { TokenError } from '../errors'
import { fingerprint } from '../secret'
import type { CredentialSource, Token } from './credential-source'
import { checkOptions, text } from './source-options'
import type { TraitedSource } from './source-traits'

export interface ClientCredentialsOptions {
  /** The token endpoint: https, or http on this machine. */
  tokenURL: string
  clientId: string
  /** Sent by HTTP Basic authentication, to the token endpoint only. */
  clientSecret: string
  /** Default: what the server gives. */
  scope?: string
  /** Some servers want to know for which API the token is. */
  audience?: string
}

function checkedURL(tokenURL: string): URL {
  if (!URL.canParse(tokenURL)) throw new TypeError('The tokenURL is no URL.')
  const url = new URL(tokenURL)
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('The tokenURL holds a user or password. Use clientId and clientSecret.')
  }
  if (url.protocol === 'https:') return url
  if (url.protocol === 'http:' && isLoopbackHost(url.hostname)) return url
  throw new TypeError('The tokenURL must begin with https://, or name this machine.')
}

function requireText(name: string, value: unknown): void {
  if (value === undefined) throw new TypeError(`clientCredentials needs the option "${name}".`)
}

/** Asks once; every error is a `TokenError` without a part of an answer or of the secret. */
async function requestToken(
  url: URL,
  options: ClientCredentialsOptions,
  signal: AbortSignal,
): Promise<Token> {
  // Every start loads this file, and few ask for a token in this way.
  const { loadOAuth } = require('./load-oauth') as typeof import('./load-oauth')
  const { exchangeToken } = require('./token-endpoint') as typeof import('./token-endpoint')
  const oauth = await loadOAuth()
  const server = { issuer: url.origin, token_endpoint: url.href }
  const client = { client_id: options.clientId }
  const { scope, audience } = options
  const parameters = { ...(scope && { scope }), ...(audience && { audience }) }
  const exchange = { host: url.host, clock: systemClock, signal }
  const authentication = oauth.ClientSecretBasic(options.clientSecret)
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    authentication,
    parameters,
    {
      [oauth.allowInsecureRequests]: url.protocol === 'http:',
      [oauth.customFetch]: (href: string, init: RequestInit) => exchangeToken(href, init, exchange),
    },
  )
  const answer = await oauth
    .processClientCredentialsResponse(server, client, response)
    .catch(() => undefined)
  if (answer?.token_type !== 'bearer') {
    throw new TokenError(`The token endpoint ${url.host} answers 200 without a bearer token.`)
  }
  const { access_token: token, expires_in: seconds } = answer
  return { token, ...(seconds === undefined ? {} : { expiresInMs: seconds * 1_000 }) }
}

/**
 * A source that gets its tokens from an OAuth 2.0 server (RFC 6749, section 4.4). The OAuth library
 * is loaded with the first token.
 * @throws TypeError when an option is missing, unknown, or of the wrong type.
 */
export function clientCredentials(options: ClientCredentialsOptions): CredentialSource {
  const checks = { tokenURL: text, clientId: text, clientSecret: text, scope: text, audience: text }
  checkOptions('clientCredentials', options, checks)
  for (const name of ['tokenURL', 'clientId', 'clientSecret'] as const) {
    requireText(name, options[name])
  }
  const own = { ...options }
  const url = checkedURL(own.tokenURL)
  const { clientId, scope = '', audience = '' } = own
  const source: TraitedSource = {
    kind: 'client-credentials',
    id: fingerprint(JSON.stringify([url.href, clientId, scope, audience])),
    getToken: ({ signal }) => requestToken(url, own, signal),
  }
  return source
}
