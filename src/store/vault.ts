import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { TokenVault } from './shared-store'

/** Names the form, so that a later version can tell its own texts from these. */
const FORM = 'v1'

/** 96 bits: the length for which GCM is specified; random ones are safe for 2^32 texts a key. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM with a key derived by HKDF-SHA-256 from the operator's secret. The same secret gives
 * the same key in every process; whoever reads the store without it learns a length. The context
 * (the name of the entry) is authenticated: a sealed text moved to another name does not open.
 */
export function createVault(secret: string): TokenVault {
  const key = Buffer.from(hkdfSync('sha256', secret, 'deepseek-guard', 'tokens at rest, v1', 32))
  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(Buffer.from(context))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()])
      return `${FORM}.${Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url')}`
    },
    open(text, context) {
      const [form, body = ''] = text.split('.')
      const bytes = Buffer.from(body, 'base64url')
      if (form !== FORM || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES)
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        decipher.setAAD(Buffer.from(context))
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
        const sealed = bytes.subarray(NONCE_BYTES, -TAG_BYTES)
        return decipher.update(sealed, undefined, 'utf8') + decipher.final('utf8')
      } catch {
        return undefined
      }
    },
  }
}
