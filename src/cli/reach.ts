import type { LookupAddress } from 'node:dns'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { diagnose } from '../diagnosis/diagnose'
import { isDeepSeekHost } from '../diagnosis/vendors'
import { distinguishedName, endsInPublicRoot, topOf } from './certificates'
import { type Endpoint, pinned } from './endpoint'
import { statusOfFailure } from './exit-status'
import { findingOfCause, findingOfDiagnosis } from './finding-of'
import { resolveHost } from './resolve-host'
import type { StepOutcome } from './step'

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
export interface Resolution extends StepOutcome {
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
    if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') return unverified(issuer)
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
