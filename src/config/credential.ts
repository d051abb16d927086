import type { Problem } from './finding'
import { FILE, type FoundCredential, KEY } from './found-credential'
import type { CredentialOrigin } from './settings'
import type { Situation } from './situation'

/** Finds where the credential comes from. An option wins over the environment. */
export function findCredential(situation: Situation, option: unknown): FoundCredential {
  if (option !== undefined) return optionCredential(option)
  const hasKey = situation.text(KEY).trim() !== ''
  const hasFile = situation.text(FILE).trim() !== ''
  const found = { origin: { kind: 'env', name: KEY } as CredentialOrigin, variable: KEY }
  const odd = situation.oddType(KEY)
  if (odd) return { ...found, problems: [notText(odd)] }
  if (hasKey && hasFile) return { ...found, problems: [conflict(situation)] }
  // Most starts find the key in its variable; the other ways are loaded where they are gone.
  if (hasFile) {
    const { fileCredential } = require('./key-file') as typeof import('./key-file')
    return fileCredential(situation)
  }
  if (hasKey) return { ...found, text: situation.text(KEY), problems: [] }
  const { missingKey } = require('./missing-key') as typeof import('./missing-key')
  return { ...found, problems: missingKey(situation) }
}

/** A string is judged here; a function or a source answers at run time. */
function optionCredential(option: unknown): FoundCredential {
  const found = { origin: { kind: 'option' } as CredentialOrigin, variable: 'credential' }
  if (typeof option === 'string') return { ...found, text: option, problems: [] }
  const source = option as { getToken?: unknown } | null
  const usable =
    typeof option === 'function' ||
    (typeof option === 'object' && typeof source?.getToken === 'function')
  return { ...found, problems: usable ? [] : [noCredential(option)] }
}

function noCredential(option: unknown): Problem {
  return {
    code: 'option-invalid',
    severity: 'error',
    variable: 'credential',
    title: 'The option credential is neither a key, a function nor a source.',
    evidence: [`its type is ${option === null ? 'null' : typeof option}`],
    advice: 'Pass credential as a string, a function, or fromEnv(), fromFile() and the like',
    origin: 'option',
  }
}

function notText(type: string): Problem {
  return {
    code: 'key-nullish',
    severity: 'error',
    variable: KEY,
    title: `${KEY} is no text.`,
    evidence: [`its type is ${type}`],
    advice: `Pass ${KEY} as a string`,
    validAfterFix: false,
  }
}

function conflict(situation: Situation): Problem {
  return {
    code: 'key-conflict',
    severity: 'error',
    variable: KEY,
    title: `${KEY} and ${FILE} are both set, so it is open which key is meant.`,
    evidence: [`${KEY}: ${situation.originOf(KEY)}`, `${FILE}: ${situation.originOf(FILE)}`],
    advice: `Remove ${KEY} or ${FILE}, whichever is not meant`,
    set: 'remove',
    origin: situation.originOf(KEY),
  }
}
