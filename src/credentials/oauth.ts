import * as z from 'zod/mini'
import { optionsOf, parseOptions, text } from '../config/option-shape'
import { TokenError } from '../errors'
import { fingerprint } from '../secret'
import { toSource } from './from-function'
import {
  type CredentialInput,
  type CredentialSource,
  isCredential,
  type Token,
  type TokenRequest,
  type TraitedSource,
} from './source'
import { readTokenText } from './token'
import { endpointOf, requestToken, TokenRefusal } from './token-endpoint'

/** Options of `clientCredentials`. */
export interface ClientCredentialsOptions {
  /** The token endpoint: https, or http on this machine. */
  tokenURL: string
  clientId: string
  /** Sent by HTTP Basic authentication, to the token endpoint only. */
  clientSecret: string
  /** Default: what the server gives. */
  scope?: string | undefined
  /** Some servers want to know for which API the token is. */
  audience?: string | undefined
}

/** Options of `tokenExchange`. */
export interface TokenExchangeOptions {
  /** The token endpoint: https, or http on this machine. */
  tokenURL: string
  /**
   * The token that is exchanged: a string, a function, or a source, such as a projected Kubernetes
   * token by `fromFile`. It is read anew for each exchange.
   */
  subject: CredentialInput
  /** What the subject is. Default `urn:ietf:params:oauth:token-type:jwt`. */
  subjectTokenType?: string | undefined
  /** Default: the exchange goes without client authentication. */
  clientId?: string | undefined
  /** Sent by HTTP Basic authentication, to the token endpoint only. Needs `clientId`. */
  clientSecret?: string | undefined
  /** For which API the token is. */
  audience?: string | undefined
  /** Default: what the server gives. */
  scope?: string | undefined
}

/** What both kinds of grant take; made when first used, since few applications do. */
function common() {
  return { tokenURL: text, scope: z.optional(text), audience: z.optional(text) }
}

/**
 * A source that gets its tokens from an OAuth 2.0 server (RFC 6749, section 4.4). The OAuth library
 * is loaded with the first token.
 * @throws TypeError when an option is missing, unknown, or of the wrong type.
 */
export function clientCredentials(options: ClientCredentialsOptions): CredentialSource {
  const schema = optionsOf({ ...common(), clientId: text, clientSecret: text })
  const own = parseOptions(schema, options, 'clientCredentials')
  const url = endpointOf(own.tokenURL)
  const { clientId, clientSecret, scope, audience } = own
  const grant = {
    type: 'client_credentials',
    parameters: { scope, audience },
    clientId,
    clientSecret,
    advice: 'Check clientId, clientSecret and scope.',
  }
  const source: TraitedSource = {
    kind: 'client-credentials',
    id: fingerprint(JSON.stringify([url.href, clientId, scope ?? '', audience ?? ''])),
    getToken: ({ signal }) => requestToken(url, grant, signal),
  }
  return source
}

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'

/** Answers by which an endpoint says that it does not like the subject. */
const SUBJECT_REFUSED = new Set(['invalid_grant', 'invalid_request', undefined])

class TokenExchangeSource implements CredentialSource {
  readonly kind = 'token-exchange'
  readonly #url: URL
  readonly #subject: TraitedSource
  readonly #options: TokenExchangeOptions
  #asked = false

  constructor(options: TokenExchangeOptions) {
    this.#url = endpointOf(options.tokenURL)
    this.#subject = toSource(options.subject)
    this.#options = options
  }

  async getToken({ signal }: TokenRequest): Promise<Token> {
    const first = this.#asked ? ('changed' as const) : ('initial' as const)
    this.#asked = true
    const subject = await this.#subjectText({ reason: first, forceRefresh: false, signal })
    try {
      return await this.#exchange(subject, signal)
    } catch (error) {
      if (!(error instanceof TokenRefusal) || !SUBJECT_REFUSED.has(error.oauthCode)) throw error
      const rejectedId = fingerprint(subject)
      const another = await this.#subjectText({
        reason: 'rejected',
        rejectedId,
        forceRefresh: true,
        signal,
      })
      if (another === subject) throw error
      return this.#exchange(another, signal)
    }
  }

  async close(): Promise<void> {
    await this.#subject.close?.()
  }

  async #subjectText(request: TokenRequest): Promise<string> {
    const given = await this.#subject.getToken(request)
    const subject = readTokenText(given?.token)
    if (typeof subject === 'string') return subject
    const message = `The subject of tokenExchange ${subject.problem}.`
    throw new TokenError(message, { permanent: true })
  }

  #exchange(subject: string, signal: AbortSignal): Promise<Token> {
    const { subjectTokenType, clientId, clientSecret, audience, scope } = this.#options
    const grant = {
      type: GRANT,
      parameters: {
        subject_token: subject,
        subject_token_type: subjectTokenType ?? JWT,
        audience,
        scope,
      },
      clientId,
      clientSecret,
      advice: 'Check the subject, subjectTokenType, audience and scope.',
    }
    return requestToken(this.#url, grant, signal)
  }
}

/**
 * A source that exchanges one token for another (RFC 8693), so that a workload needs no secret of
 * its own. When the server refuses the subject, the subject's source is asked once more, by force.
 * @throws TypeError when an option is missing, unknown, or of the wrong type.
 * @example
 * tokenExchange({
 *   tokenURL: 'https://sts.example.com/token',
 *   subject: fromFile('/var/run/secrets/tokens/deepseek'),
 *   audience: 'deepseek',
 * })
 */
export function tokenExchange(options: TokenExchangeOptions): CredentialSource {
  const schema = optionsOf({
    ...common(),
    subject: z.custom<CredentialInput>(isCredential, {
      error: 'a string, a function that gives one, or a source such as fromFile(path)',
    }),
    subjectTokenType: z.optional(text),
    clientId: z.optional(text),
    clientSecret: z.optional(text),
  })
  const own = parseOptions(schema, options, 'tokenExchange')
  if (own.clientSecret !== undefined && own.clientId === undefined) {
    throw new TypeError('tokenExchange needs the option clientId beside clientSecret.')
  }
  return new TokenExchangeSource(own)
}
