import { fingerprint } from '../secret'
import { type CredentialSource, ownOptions, required, type TraitedSource, text } from './source'
import { endpointOf, requestToken } from './token-endpoint'

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

const checks = {
  tokenURL: required(text),
  clientId: required(text),
  clientSecret: required(text),
  scope: text,
  audience: text,
}

/**
 * A source that gets its tokens from an OAuth 2.0 server (RFC 6749, section 4.4). The OAuth library
 * is loaded with the first token.
 * @throws TypeError when an option is missing, unknown, or of the wrong type.
 */
export function clientCredentials(options: ClientCredentialsOptions): CredentialSource {
  const own = ownOptions<ClientCredentialsOptions>('clientCredentials', options, checks)
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
