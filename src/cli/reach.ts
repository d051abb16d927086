import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { type LookupAddress, lookup } from 'node:dns'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import {
  type Certificate,
  connect as connectTls,
  type DetailedPeerCertificate,
  rootCertificates,
  type TLSSocket,
} from 'node:tls'
import { readableEnv } from '../config/snapshot'
import { diagnose } from '../diagnosis/diagnose'
import { isDeepSeekHost } from '../provider/vendors'
import { statusOfFailure } from './answer'
import { findingOfCause, findingOfDiagnosis } from './findings'
import { type Endpoint, pinned, type StepOutcome } from './step'

/** Longest name that is repeated; it comes from the network. */
const MAX_NAME = 80

/** Organisation or common name, safe to print. */
export function distinguishedName(name: Partial<Certificate> | undefined): string {
  const parts = [name?.O, name?.CN].flat().filter((part) => typeof part === 'string')
  const printable = parts.join(', ').replace(/[^\x20-\x7e]/g, '?')
  return printable.slice(0, MAX_NAME) || 'an unnamed authority'
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

/** The addresses of a host, or the system's error code; `ETIMEDOUT` when nobody answered. */
type Resolved = { addresses: LookupAddress[] } | { code: string }

/** Asks in the child; prints the addresses or the error code as JSON. */
const PROGRAM = `require('node:dns').lookup(process.argv[1], { all: true }, (error, addresses) =>
  process.stdout.write(JSON.stringify(error ? { code: error.code } : { addresses })))`

/** What a resolver may need of the environment; the key is not among it, nor NODE_OPTIONS. */
const PASSED_ON = ['PATH', 'SystemRoot', 'HOSTALIASES', 'LOCALDOMAIN', 'RES_OPTIONS']

function fromParent(): Record<string, string | undefined> {
  const env = readableEnv(process.env)
  return Object.fromEntries(PASSED_ON.map((name) => [name, env[name]]))
}

function lookUpHere(host: string): Promise<Resolved> {
  return new Promise((resolve) => {
    lookup(host, { all: true }, (error, addresses) => {
      resolve(error ? { code: error.code ?? 'ENOTFOUND' } : { addresses })
    })
  })
}

function parseAnswer(stdout: string): Resolved | undefined {
  try {
    return JSON.parse(stdout) as Resolved
  } catch {
    return undefined
  }
}

/**
 * Resolves a host as fetch would (hosts file and search domains included), in a child process: a
 * thread that waits for a silent resolver cannot be stopped and holds up the exit of its process
 * (20 s were measured with three search domains); a child can be killed.
 */
export function resolveHost(host: string, signal: AbortSignal): Promise<Resolved> {
  const family = isIP(host)
  if (family !== 0) return Promise.resolve({ addresses: [{ address: host, family }] })
  return new Promise((resolve) => {
    const args = ['-e', PROGRAM, '--', host]
    const options = { env: fromParent(), signal, killSignal: 'SIGKILL', windowsHide: true } as const
    const answered = (error: Error | null, stdout: string): void => {
      const late = signal.aborted ? { code: 'ETIMEDOUT' } : undefined
      // No child could be started (a sandbox, a process limit): ask from here after all.
      const other = () => (error ? lookUpHere(host) : { code: 'ENOTFOUND' })
      resolve(late ?? parseAnswer(stdout) ?? other())
    }
    try {
      execFile(process.execPath, args, options, answered)
    } catch {
      // Node's permission model throws at once where it lets no child be started.
      resolve(lookUpHere(host))
    }
  })
}

/** A connection that got no answer is `network-unreachable`, whichever of its layers hung. */
function connectTimeout(layer: string): Error {
  return Object.assign(new Error(`${layer} got no answer`), {
    code: 'ETIMEDOUT',
    syscall: 'connect',
  })
}

function failed(error: unknown, what: string, extra: readonly string[] = []): StepOutcome {
  const finding = findingOfDiagnosis(diagnose({ error }))
  finding.evidence.push(...extra)
  const detail = `${what}: ${finding.title}`
  return { status: 'error', detail, finding, exit: statusOfFailure(finding.code) }
}

/** Settles with the event or the failure, whichever comes first; the socket stays open. */
function settled(socket: Socket, event: string, layer: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve())
    socket.on('error', reject)
    signal.addEventListener('abort', () => reject(connectTimeout(layer)), { once: true })
  })
}

/** What the resolver said, with the addresses for the steps that follow. */
interface Resolution extends StepOutcome {
  addresses: LookupAddress[]
}

/** The name has addresses. */
export async function dnsStep({ host }: Endpoint, signal: AbortSignal): Promise<Resolution> {
  const resolved = await resolveHost(host, signal)
  if ('code' in resolved) {
    const silent = resolved.code === 'ETIMEDOUT'
    const code = silent ? 'EAI_AGAIN' : resolved.code
    const error = Object.assign(new Error(`getaddrinfo ${code}`), { code, syscall: 'getaddrinfo' })
    const outcome = failed(error, silent ? 'The resolver was silent' : `The resolver said ${code}`)
    if (outcome.finding) outcome.finding.fix.command = `nslookup ${host}`
    return { ...outcome, addresses: [] }
  }
  const { addresses } = resolved
  if (isIP(host) !== 0) {
    return { status: 'skipped', detail: 'The host is an address already.', addresses }
  }
  const count = addresses.length
  const detail = `${host} has ${count} address${count === 1 ? '' : 'es'}.`
  return { status: 'ok', detail, addresses }
}

/** A connection to the port can be opened. */
export async function tcpStep(
  { host, port }: Endpoint,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<StepOutcome> {
  const socket = connectTcp({ host, port, lookup: pinned(addresses) })
  try {
    await settled(socket, 'connect', 'TCP', signal)
    return { status: 'ok', detail: `${socket.remoteAddress} accepts connections on port ${port}.` }
  } catch (error) {
    return failed(error, `Port ${port} cannot be reached`)
  } finally {
    socket.destroy()
  }
}

/** With verification switched off, calls go through, and anybody on the way can read them. */
function unverified(issuer: string): StepOutcome {
  const finding = {
    ...findingOfCause('tls-intercepted', 'warning', [`issuer: ${issuer}`]),
    variable: 'NODE_TLS_REJECT_UNAUTHORIZED',
    title: 'The certificate is not trusted, and NODE_TLS_REJECT_UNAUTHORIZED=0 lets it pass.',
  }
  return { status: 'warning', detail: finding.title, finding }
}

function judgeCertificate(socket: TLSSocket, host: string): StepOutcome {
  const certificate = socket.getPeerCertificate(true)
  const issuer = distinguishedName(certificate.issuer)
  if (!socket.authorized) {
    if (readableEnv(process.env).NODE_TLS_REJECT_UNAUTHORIZED === '0') return unverified(issuer)
    const code = String(socket.authorizationError)
    const error = Object.assign(new Error(code), { code })
    return failed(error, `The certificate was issued by ${issuer}`, [`issuer: ${issuer}`])
  }
  if (!isDeepSeekHost(host) || endsInPublicRoot(certificate)) {
    return { status: 'ok', detail: `${socket.getProtocol()}, certificate issued by ${issuer}.` }
  }
  const root = distinguishedName(topOf(certificate).subject)
  const finding = {
    ...findingOfCause('tls-intercepted', 'warning', [`issuer: ${issuer}`, `root: ${root}`]),
    title: "DeepSeek's certificate is vouched for by a private authority: somebody opens TLS here.",
  }
  return { status: 'warning', detail: finding.title, finding }
}

/** TLS stands, and who vouches for the certificate. Nothing is sent, so none is refused yet. */
export async function tlsStep(
  { host, port, secure }: Endpoint,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<StepOutcome> {
  if (!secure) return { status: 'skipped', detail: 'The base URL is plain http.' }
  const servername = isIP(host) === 0 ? host : ''
  const lookup = pinned(addresses)
  const socket = connectTls({ host, port, lookup, servername, rejectUnauthorized: false })
  try {
    await settled(socket, 'secureConnect', 'TLS', signal)
    return judgeCertificate(socket, host)
  } catch (error) {
    return failed(error, 'TLS could not be set up')
  } finally {
    socket.destroy()
  }
}
