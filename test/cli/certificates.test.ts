import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type DetailedPeerCertificate, rootCertificates } from 'node:tls'
import { distinguishedName, endsInPublicRoot, topOf } from '../../src/cli/reach'

const ownPem = readFileSync(path.join(__dirname, 'tls/certificate.pem'), 'utf8')
const peer = (pem: string, issuer?: DetailedPeerCertificate) => {
  const certificate = { raw: new X509Certificate(pem).raw } as DetailedPeerCertificate
  // Node ends a chain with a certificate that is its own issuer.
  certificate.issuerCertificate = issuer ?? certificate
  return certificate
}

test('a chain that ends in an authority that Node ships is public', () => {
  expect(endsInPublicRoot(peer(ownPem, peer(rootCertificates[0]!)))).toBe(true)
})

test('a chain of private certificates is not', () => {
  expect(endsInPublicRoot(peer(ownPem, peer(ownPem)))).toBe(false)
})

test('the top of a chain is its last certificate', () => {
  const root = peer(rootCertificates[0]!)
  expect(topOf(peer(ownPem, peer(ownPem, root)))).toBe(root)
})

test('a name is short and printable, whatever the network put into it', () => {
  const name = distinguishedName({ O: `Evil\u001b[31m\n${'x'.repeat(200)}`, CN: 'y' } as never)
  expect(name).toMatch(/^Evil\?\[31m\?x+$/)
  expect(name).toHaveLength(80)
})

test('a certificate without a name is said to have none', () => {
  expect(distinguishedName(undefined)).toBe('an unnamed authority')
})
