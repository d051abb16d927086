import * as oauth from 'oauth4webapi'
import { type Clock, systemClock } from '../clock'
import { TokenError } from '../errors'
import { isLoopbackHost } from '../provider/vendors'
import type { Token } from './source'
import { retryAfterMs } from './token'

/** A token answer has some hundred bytes. */
const MAX_BODY_BYTES = 64 * 1024

/** As long as people wait for a token endpoint, in milliseconds. */
const TIMEOUT_MS = 10_000

/** The error codes of RFC 6749, section 5.2, and RFC 8693: words that are safe to repeat. */
const codes = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
])

/** The token endpoint refused what it was given; `oauthCode` is a registered one, if any. */
export class TokenRefusal extends TokenError {
  readonly oauthCode: string | undefined

  constructor(message: string, oauthCode: string | undefined) {
    super(message, { permanent: true })
    this.oauthCode = oauthCode
  }
}

/** Who is asked, and on whose time. */
interface Exchange {
  readonly host: string
  readonly clock: Clock
  /** The holder's deadline. */
  readonly signal: AbortSignal
  /** What to check when the endpoint refuses for good. */
  readonly advice: string
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
  const code = typeof body.error === 'string' && codes.has(body.error) ? body.error : undefined
  const named = code === undefined ? '' : ` (${code})`
  const what = `The token endpoint ${exchange.host} answers ${status}${named}.`
  if (status >= 300 && status < 400) {
    const message = `${what} Redirects are not followed: set tokenURL to the final address.`
    return new TokenError(message, { permanent: true })
  }
  const passing = status >= 500 || status === 429 || status === 408
  if (passing) {
    const wait = retryAfterMs(headers.get('retry-after'), exchange.clock.now())
    return new TokenError(what, wait === undefined ? {} : { retryAfterMs: wait })
  }
  return new TokenRefusal(`${what} ${exchange.advice}`, code)
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
async function exchangeToken(
  url: string,
  init: RequestInit,
  exchange: Exchange,
): Promise<Response> {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  const cancel = exchange.clock.after(TIMEOUT_MS, stop)
  exchange.signal.addEventListener('abort', stop, { once: true })
  if (exchange.signal.aborted) stop()
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

/** What a token request says beyond its endpoint. */
export interface Grant {
  readonly type: string
  readonly parameters: Readonly<Record<string, string | undefined>>
  readonly clientId?: string | undefined
  /** Sent by HTTP Basic authentication, to the token endpoint only. */
  readonly clientSecret?: string | undefined
  readonly advice: string
}

/** The OAuth library wants a client; an exchange may go without one, and then none is sent. */
const NOBODY = 'nobody'

function authenticate({ clientId, clientSecret }: Grant): oauth.ClientAuth {
  if (clientSecret !== undefined) return oauth.ClientSecretBasic(clientSecret)
  return clientId === undefined ? () => undefined : oauth.None()
}

/** Asks once; every error is a `TokenError` without a part of an answer or of a secret. */
export async function requestToken(url: URL, grant: Grant, signal: AbortSignal): Promise<Token> {
  const server = { issuer: url.origin, token_endpoint: url.href }
  const client = { client_id: grant.clientId ?? NOBODY }
  const given = Object.entries(grant.parameters).filter(([, value]) => value !== undefined)
  const exchange = { host: url.host, clock: systemClock, signal, advice: grant.advice }
  const response = await oauth.genericTokenEndpointRequest(
    server,
    client,
    authenticate(grant),
    grant.type,
    given as [string, string][],
    {
      [oauth.allowInsecureRequests]: url.protocol === 'http:',
      [oauth.customFetch]: (href: string, init: RequestInit) => exchangeToken(href, init, exchange),
    },
  )
  const answer = await oauth
    .processGenericTokenEndpointResponse(server, client, response)
    .catch(() => undefined)
  if (answer?.token_type !== 'bearer') {
    throw new TokenError(`The token endpoint ${url.host} answers 200 without a bearer token.`)
  }
  const { access_token: token, expires_in: seconds } = answer
  return { token, ...(seconds === undefined ? {} : { expiresInMs: seconds * 1_000 }) }
}

/**
 * The address of a token endpoint.
 * @throws TypeError when it is not one that a client secret may be sent to.
 */
export function endpointOf(tokenURL: string): URL {
  if (!URL.canParse(tokenURL)) throw new TypeError('The tokenURL is not a URL.')
  const url = new URL(tokenURL)
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('The tokenURL holds a user or password. Use clientId and clientSecret.')
  }
  if (url.protocol === 'https:') return url
  if (url.protocol === 'http:' && isLoopbackHost(url.hostname)) return url
  throw new TypeError('The tokenURL must begin with https://, or name this machine.')
}
