import { carriedSomething } from './credential-sent'
import type { Facts } from './facts'
import { hasConfiguredKey, isWellFormed, shownName } from './key-held'
import { likely, possible, type Verdict } from './verdict'

const NAME = 'DEEPSEEK_API_KEY'

/**
 * No credential reached DeepSeek, or the client refused to start without one: why. `evidence` is
 * what the caller has seen so far.
 */
export function absence(facts: Facts, evidence: string[]): Verdict {
  if (hasConfiguredKey(facts) && !carriedSomething(facts.sent)) {
    return likely(
      'credential-not-attached',
      [...evidence, 'a key is configured'],
      misnamedFor(facts) ? ['key-misnamed', 'credential-stripped'] : ['credential-stripped'],
    )
  }
  const near = facts.env.all().find(([name, value]) => isNearName(name) && value.trim() !== '')
  if (near) {
    const seen = [...evidence, `${NAME} has no value, ${shownName(near[0])} has one`]
    return likely('key-misnamed', seen, ['key-missing', 'env-not-loaded'])
  }
  const stray = facts.env.all().find(([name, value]) => name !== NAME && isWellFormed(value))
  if (stray) {
    const seen = [...evidence, `${shownName(stray[0])} holds text shaped like a DeepSeek key`]
    return likely('key-misnamed', seen, ['key-missing', 'env-not-loaded'])
  }
  return inFiles(facts, evidence) ?? missing(facts, evidence)
}

function inFiles(facts: Facts, evidence: string[]): Verdict | undefined {
  const exported = facts.env.get(NAME) !== undefined
  if (facts.fileNames.has(NAME)) {
    const seen = [...evidence, `a .env file defines ${NAME}`]
    return exported
      ? likely('env-shadowed', [...seen, 'an empty value is exported'], ['env-not-loaded'])
      : likely('env-not-loaded', seen, ['key-missing'])
  }
  const near = [...facts.fileNames].find(isNearName)
  if (!near) return undefined
  const seen = [...evidence, `a .env file defines ${shownName(near)}, not ${NAME}`]
  return likely('key-misnamed', seen, ['env-not-loaded', 'key-missing'])
}

function missing(facts: Facts, evidence: string[]): Verdict {
  // A header built from nothing: the program expected a variable that it did not get.
  const isBuilt = facts.sent.authorization !== undefined
  const isEmpty = facts.env.get(NAME)?.trim() === ''
  if ((isBuilt && facts.env.given) || (isEmpty && facts.status !== undefined)) {
    const why = isEmpty ? `${NAME} is exported with an empty value` : `${NAME} is not set`
    return likely('env-not-loaded', [...evidence, why], ['key-missing'])
  }
  if (facts.env.given || facts.key !== undefined) {
    return likely('key-missing', [...evidence, 'no key is configured'], ['env-not-loaded'])
  }
  return possible('key-missing', evidence, [
    'env-not-loaded',
    'credential-not-attached',
    'credential-stripped',
  ])
}

/** The client looked for another vendor's variable while ours is set. */
function misnamedFor(facts: Facts): boolean {
  return /openai_api_key|anthropic_api_key|anthropic_auth_token/.test(facts.said.low)
}

/** Variables that hold something else of DeepSeek's. */
const otherThings = /(?:FILE|PATH|URL|BASE|HOST|MODEL|ENDPOINT|TIMEOUT|LEVEL|GUARD)/

/** True for a name that somebody took for DEEPSEEK_API_KEY. */
export function isNearName(name: string): boolean {
  if (name === NAME || name.length > 40) return false
  const bare = name.toUpperCase().replace(/[^A-Z]/g, '')
  if (bare === 'DEEPSEEKAPIKEY') return true
  if (otherThings.test(bare)) return false
  if (/(?:DEEP?SEEK|DEEPSEK|DEEKSEEK)/.test(bare)) return /KEY|TOKEN|SECRET|API$|SEEK$/.test(bare)
  return bare === 'DSAPIKEY' || bare === 'DSKEY'
}
