import { runInThisContext } from 'node:vm'
import { type Clock, systemClock } from '../clock'
import { TokenError } from '../errors'
import { isLoopbackHost } from '../provider/vendors'
import { fingerprint } from '../secret'
import { type CredentialSource, checkOptions, type Token, type TraitedSource, text } from './source'
import { retryAfterMs } from './token'

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

/** A token answer has some hundred bytes. */
const MAX_BODY_BYTES = 64 * 1024

/** As long as people wait for a token endpoint, in milliseconds. */
const TIMEOUT_MS = 10_000

/** The error codes of RFC 6749, section 5.2: words that are safe to repeat. */
const codes = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
])

/** Who is asked, and on whose time. */
export interface Exchange {
  host: string
  clock: Clock
  /** The holder's deadline. */
  signal: AbortSignal
}

async function readBounded(response: Response, host: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > MAX_BODY_BYTES) {
      throw new TokenError(`The token endpoint ${host} answers with more than 64 KiB.`)
    }
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** The error for an answer other than 200; repeats nothing of the body but a registered code. */
function refusal(
  response: Response,
  body: Record<string, unknown>,
  exchange: Exchange,
): TokenError {
  const { status, headers } = response
  const code = typeof body.error === 'string' && codes.has(body.error) ? ` (${body.error})` : ''
  const what = `The token endpoint ${exchange.host} answers ${status}${code}.`
  if (status >= 300 && status < 400) {
    const message = `${what} Redirects are not followed: set tokenURL to the final address.`
    return new TokenError(message, { permanent: true })
  }
  const passing = status >= 500 || status === 429 || status === 408
  if (passing) return new TokenError(what, { retryAfterMs: waitOf(headers, exchange.clock) })
  return new TokenError(`${what} Check clientId, clientSecret and scope.`, { permanent: true })
}

function waitOf(headers: Headers, clock: Clock): number | undefined {
  return retryAfterMs(headers.get('retry-after'), clock.now())
}

/**
 * The members of a token answer that are used. A lifetime that makes no sense is left out, and so
 * is all else: the OAuth library would refuse a good token for a member that nobody reads.
 */
function essentials(body: Record<string, unknown>): Record<string, unknown> {
  const { access_token, token_type, expires_in } = body
  const seconds = typeof expires_in === 'string' ? Number.parseFloat(expires_in) : expires_in
  const isSane = typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0
  return { access_token, token_type, ...(isSane ? { expires_in: seconds } : {}) }
}

async function send(url: string, init: RequestInit, exchange: Exchange): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' })
  const body = parse(await readBounded(response, exchange.host))
  if (response.status !== 200) throw refusal(response, body, exchange)
  return Response.json(essentials(body))
}

/**
 * A fetch for the OAuth library: no redirects, a bounded body, 10 seconds for all of it. Anything
 * but 200 is a `TokenError` that says whether asking again can help.
 */
export async function exchangeToken(
  url: string,
  init: RequestInit,
  exchange: Exchange,
): Promise<Response> {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  const cancel = exchange.clock.after(TIMEOUT_MS, stop)
  exchange.signal.addEventListener('abort', stop, { once: true })
  try {
    return await send(url, { ...init, signal: controller.signal }, exchange)
  } catch (cause) {
    if (cause instanceof TokenError) throw cause
    const what = controller.signal.aborted ? 'did not answer in time' : 'cannot be reached'
    throw new TokenError(`The token endpoint ${exchange.host} ${what}.`, { cause })
  } finally {
    cancel()
    exchange.signal.removeEventListener('abort', stop)
  }
}

type OAuth = typeof import('oauth4webapi')

/**
 * The OAuth library, loaded when the first token is fetched. It is an ES module only. Where the
 * code runs in a sandbox that cannot import one (Jest without flags), the process's own `require`
 * can: the main context has the real one, and from Node 20.19 on it loads ES modules.
 * @internal
 */
export async function loadOAuth(): Promise<OAuth> {
  try {
    return await import('oauth4webapi')
  } catch {
    const main = runInThisContext('process') as NodeJS.Process
    const { createRequire } = main.getBuiltinModule('node:module')
    return createRequire(__filename)('oauth4webapi') as OAuth
  }
}
