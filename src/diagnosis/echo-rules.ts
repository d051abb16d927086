import type { Cause } from '../causes/cause'
import { echoIn, endsLike, judgeTail } from '../key/echo'
import { certain, likely, possible, type Rule, type Verdict } from './evidence'
import type { Facts } from './facts'
import { tellsOfRefusal } from './sent-header'
import {
  defectOf,
  heldKey,
  isFatal,
  isGuardKey,
  isWellFormed,
  shownName,
  showsGuardKey,
  variablesEnding,
} from './sent-key'

/** No vendor's keys are shorter: what is, somebody made up. */
const SHORTEST = 12

/** Faults that the text proves; a sample, a reference and a path can be read as each other. */
const provenByText: ReadonlySet<Cause> = new Set<Cause>([
  'key-nullish',
  'key-quoted',
  'key-prefixed',
  'key-encoded',
  'key-repeated',
  'key-wrong-vendor',
])

/** "Your api key: ****fcc2 is invalid": DeepSeek shows the end of the text that it saw. */
export const echo: Rule = (facts) => {
  const seen = facts.sentence === 'echo' ? echoIn(facts.message.text) : undefined
  if (seen === undefined) return undefined
  const key = heldKey(facts)
  if (isGuardKey(key) || judgeTail(seen)?.cause === 'credential-not-attached') return unguarded()
  if (key === undefined) return judgeEnd(facts, seen)
  return endsLike(key, seen) ? judgeOwn(facts, key) : judgeOther(facts, key, seen)
}

/** The guard's own placeholder left: the client has the guard's `apiKey` and not its `fetch`. */
function unguarded(who = 'DeepSeek'): Verdict {
  return certain('credential-not-attached', [`401: what ${who} saw is the guard's own placeholder`])
}

/** Whoever refuses a credential refused the placeholder, when that is what left. */
export const placeholderRefused: Rule = (facts) => {
  const { status, message } = facts
  const isRefusal = status === undefined ? tellsOfRefusal(message.low) : status === 401
  if (!isRefusal || !showsGuardKey(facts)) return undefined
  return { ...unguarded('the host that answered'), vendor: facts.responder.slug }
}

/** DeepSeek saw the key that we hold. */
function judgeOwn(facts: Facts, key: string): Verdict {
  const seen = ['401: DeepSeek echoes the end of the key that is held here']
  const defect = defectOf(facts, key)
  if (isWellFormed(key)) return judgeGenuine(facts, key, seen)
  const echoed = echoIn(facts.message.text) ?? ''
  if (isFatal(defect)) {
    const verdict = provenByText.has(defect.code) ? certain : likely
    const others: Cause[] = defect.code === 'key-placeholder' ? ['key-unexpanded'] : []
    return { ...verdict(defect.code, [...seen, ...defect.evidence], others), vendor: undefined }
  }
  if (defect?.code === 'key-whitespace' || defect?.code === 'key-truncated') {
    return likely(defect.code, [...seen, ...defect.evidence], ['key-rejected'])
  }
  const evidence = [...seen, ...(defect?.evidence ?? [])]
  if (key.trim().length < SHORTEST) {
    return likely('key-placeholder', evidence, ['key-truncated', 'key-rejected'])
  }
  if (!/^[0-9a-f]+$/.test(echoed)) {
    const outside = [...evidence, 'it ends in characters that no DeepSeek key has']
    return likely('key-wrong-vendor', outside, ['key-rejected', 'key-truncated'])
  }
  return likely('key-rejected', evidence, ['key-wrong-vendor', 'key-truncated'])
}

/** A genuine shape, received unchanged: only the key list tells more. */
function judgeGenuine(facts: Facts, key: string, seen: string[]): Verdict {
  const meant = facts.key?.trim()
  if (meant && meant !== key.trim() && isWellFormed(meant)) {
    const evidence = [...seen, 'and another key is configured than the one that was sent']
    return likely('key-replaced', evidence, ['key-rejected'])
  }
  const proof = [...seen, 'it has the shape of a DeepSeek key: sk- and 32 hexadecimal digits']
  return facts.status === 401 || facts.status === undefined
    ? certain('key-rejected', proof)
    : likely('key-rejected', proof)
}

/** DeepSeek saw another text than we hold. */
function judgeOther(facts: Facts, key: string, echoed: string): Verdict {
  const seen = ['401: DeepSeek echoes other characters than the key held here ends in']
  const source = variablesEnding(facts, echoed)[0]
  if (source) {
    const [name, value] = source
    const evidence = [...seen, `${shownName(name)} ends in them`]
    const defect = defectOf(facts, value)
    const rival = shownName(name) === name ? { rival: name } : {}
    return defect?.code === 'key-wrong-vendor'
      ? { ...likely('key-wrong-vendor', evidence, ['key-replaced']), ...rival }
      : { ...likely('key-replaced', evidence, otherReadings(defect?.code)), ...rival }
  }
  if (key.trim().toLowerCase().endsWith(echoed.toLowerCase())) {
    const evidence = [...seen, 'they differ in upper and lower case only: something rewrote it']
    return likely('key-replaced', evidence)
  }
  const own = defectOf(facts, key)
  if (isFatal(own) && own.repaired?.endsWith(echoed)) {
    const evidence = [...seen, 'they are its end after repair, so the key arrived clean']
    return likely('key-rejected', evidence, [own.code])
  }
  const tail = judgeTail(echoed)
  if (tail) return likely('key-replaced', [...seen, `they are ${tail.what}`], [tail.cause])
  const isSent = facts.sent.token !== undefined && isWellFormed(key)
  if (isSent && /^[0-9a-f]{4}$/.test(echoed)) {
    return certain('key-replaced', [...seen, 'the request as sent had the key held here'])
  }
  return likely('key-replaced', seen, ['key-wrong-vendor'])
}

/** What the other variable's text is by itself. */
function otherReadings(cause: Cause | undefined): Cause[] {
  return cause === undefined || cause === 'key-unknown-shape' ? ['key-rejected'] : [cause]
}

/** The key is not at hand: its last characters must do. */
function judgeEnd(facts: Facts, echoed: string): Verdict {
  const seen = ['401: DeepSeek echoes the end of the text that it saw']
  const tail = judgeTail(echoed)
  if (tail) {
    const others: Cause[] =
      tail.cause === 'key-placeholder' ? ['key-unexpanded', 'key-is-path'] : []
    return likely(tail.cause, [...seen, `the echo is ${tail.what}`], others)
  }
  if (/^([0-9a-f])\1{3}$/i.test(echoed)) {
    const evidence = [...seen, 'the echo is one character repeated']
    return possible('key-placeholder', evidence, ['key-rejected'])
  }
  if (/^[0-9a-f]{1,4}$/.test(echoed)) {
    const source = variablesEnding(facts, echoed)[0]
    const named = source ? [`${shownName(source[0])} ends in it`] : []
    if (source && defectOf(facts, source[1])?.code === 'key-wrong-vendor') {
      return likely('key-wrong-vendor', [...seen, ...named], ['key-replaced', 'key-rejected'])
    }
    return likely('key-rejected', [...seen, ...named], ['key-wrong-vendor', 'key-replaced'])
  }
  const evidence = [...seen, 'the echo has a character that no DeepSeek key has']
  return likely('key-wrong-vendor', evidence, ['key-unknown-shape', 'key-rejected'])
}
