import { X509Certificate } from 'node:crypto'
import { type Certificate, type DetailedPeerCertificate, rootCertificates } from 'node:tls'

/** Longest name that is repeated; it comes from the network. */
const MAX_NAME = 80

/** Organisation or common name, safe to print. */
export function distinguishedName(name: Partial<Certificate> | undefined): string {
  const parts = [name?.O, name?.CN].flat().filter((part) => typeof part === 'string')
  const printable = parts.join(', ').replace(/[^\x20-\x7e]/g, '?')
  return printable.slice(0, MAX_NAME) || 'nobody named'
}

function chainOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  let current: DetailedPeerCertificate | undefined = certificate
  while (current?.raw && !chain.includes(current)) {
    chain.push(current)
    current = current.issuerCertificate
  }
  return chain
}

/** The last certificate of the chain. */
export function topOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  return chainOf(certificate).at(-1) ?? certificate
}

function publicKeyOf(certificate: string | Buffer): string {
  const { publicKey } = new X509Certificate(certificate)
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
}

/**
 * True when the chain meets one of the authorities that Node ships. Compared by public key: a
 * cross-signed root has another certificate, but the same key.
 */
export function endsInPublicRoot(certificate: DetailedPeerCertificate): boolean {
  const known = new Set(rootCertificates.map(publicKeyOf))
  return chainOf(certificate).some(({ raw }) => known.has(publicKeyOf(raw)))
}
