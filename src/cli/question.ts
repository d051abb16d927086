import { vendorName, vendorOfKey } from '../diagnosis/key-vendor'
import { vendorOfHost } from '../diagnosis/vendors'
import { probeTargets } from '../health/probe-target'
import type { Secret } from '../secret'

/** What is asked, of whom, with which key. */
export interface Question {
  /** `balance` also proves the key; only DeepSeek's own host and loopback ones have it. */
  about: 'balance' | 'models'
  url: string
  key: Secret
  baseURL: string
}

/** The same question as the guard's own probe asks. */
export function probeQuestion(baseURL: string, key: Secret): Question {
  const { url, proof } = probeTargets(baseURL)
  return { about: proof, url, key, baseURL }
}

export function modelsQuestion(baseURL: string, key: Secret): Question {
  return { about: 'models', url: probeTargets(baseURL).models, key, baseURL }
}

/** Why this key must not leave for that host; undefined when it may. */
export function reasonNotToSend(baseURL: string, key: Secret): string | undefined {
  const keyVendor = vendorOfKey(key.reveal())
  if (keyVendor) return `The key is one of ${keyVendor.name}'s, so it was not sent.`
  const hostVendor = vendorOfHost(new URL(baseURL).host)
  if (hostVendor) return `The host belongs to ${vendorName(hostVendor)}, so no key was sent there.`
  return undefined
}
