import type { Cause } from '../causes/cause'
import { isDeepSeekHost } from '../provider/vendors'
import { certain, likely, possible, type Rule, type Verdict } from './evidence'
import { type Facts, isRefusal } from './facts'
import { absence } from './local-rules'
import { isPage } from './responder-rules'
import { carriedSomething } from './sent-header'
import { defectOf, hasConfiguredKey, heldKey, isFatal, isWellFormed } from './sent-key'

/** A header's value is shown only when it is one of our own words. */
const guardReasons = new Set([
  'unchanged-token',
  'refresh-failed',
  'breaker-open',
  'pool-exhausted',
  'body-not-replayable',
])

/** Bytes of the two plain texts, for clients that keep the length and lose the body. */
const GOVERNOR_BYTES = '31'
const HEADER_FORM_BYTES = '65'

/** "Authentication Fails (governor)": DeepSeek saw no credential header at all. */
export const governor: Rule = (facts) => {
  if (!isGovernor(facts)) return undefined
  const seen = ['401 in plain text: DeepSeek saw no Authorization header']
  if (facts.sent.known && carriedSomething(facts.sent)) {
    return facts.sent.authorization === undefined ? otherHeader(facts, seen) : stripped(facts, seen)
  }
  if (facts.sent.known) {
    const verdict = absence(facts, [...seen, 'the request as sent carries none'])
    return verdict.cause === 'credential-not-attached' ? proven(verdict) : verdict
  }
  const detour = detourOf(facts)
  if (detour && hasConfiguredKey(facts)) {
    return likely('credential-stripped', [...seen, detour], ['credential-not-attached'])
  }
  return absence(facts, seen)
}

/** "auth header format should be Bearer sk-...": a header came, and it is empty or malformed. */
export const headerForm: Rule = (facts) => {
  if (!isHeaderForm(facts)) return undefined
  const seen = ['401 in plain text: the header that DeepSeek saw is not "Bearer" and a key']
  const { sent } = facts
  if (sent.known) return judgeHeader(facts, seen)
  if (!hasConfiguredKey(facts)) {
    const verdict = absence(facts, seen)
    return verdict.confidence === 'possible'
      ? likely('key-missing', seen, ['header-malformed', 'env-not-loaded', 'key-session-token'])
      : verdict
  }
  return (
    judgeToken(facts, facts.key, seen) ??
    likely('header-malformed', [...seen, 'the configured key is not empty'], ['key-missing'])
  )
}

function judgeHeader(facts: Facts, seen: string[]): Verdict {
  const { sent } = facts
  const value = sent.authorization?.trim() ?? ''
  if (!carriedSomething(sent)) return absence(facts, [...seen, 'the header as sent has no key'])
  if (sent.authorization === undefined || sent.keyHeader) return twoHeaders(facts, seen)
  if (/,\s*bearer\s/i.test(value)) {
    return likely('header-malformed', [...seen, 'two Authorization headers were joined into one'])
  }
  if (!/^bearer\s/i.test(value)) {
    const scheme = /^[a-z]+[\s:]/i.test(value) ? 'another scheme word' : 'no scheme word'
    return certain('header-malformed', [...seen, `the header as sent has ${scheme}`])
  }
  if (/^bearer\s*:?\s*bearer\b/i.test(value)) {
    const own = defectOf(facts, facts.key)
    const seenTwice = [...seen, 'the header as sent has the scheme word twice']
    return own?.code === 'key-prefixed'
      ? certain('key-prefixed', [...seenTwice, ...own.evidence], ['header-malformed'])
      : likely('header-malformed', seenTwice, ['key-prefixed'])
  }
  return (
    judgeToken(facts, sent.token ?? facts.key, seen) ??
    possible(
      'header-malformed',
      [...seen, 'the header left well formed'],
      ['credential-stripped', 'key-replaced'],
    )
  )
}

/** The text in the key slot explains the refusal by itself. */
function judgeToken(facts: Facts, key: string | undefined, seen: string[]): Verdict | undefined {
  const defect = defectOf(facts, key)
  if (isFatal(defect)) {
    return likely(defect.code, [...seen, ...defect.evidence], ['header-malformed'])
  }
  if (key === undefined || key.trim().startsWith('sk-')) return undefined
  const evidence = [...seen, `the key has ${key.trim().length} characters and no sk- in front`]
  return likely('key-session-token', evidence, ['key-wrong-vendor', 'token-expired'])
}

function twoHeaders(facts: Facts, seen: string[]): Verdict {
  const { keyHeader, authorization } = facts.sent
  const what = authorization === undefined ? 'only' : 'Authorization and'
  const evidence = [...seen, `the request as sent has ${what} ${keyHeader?.name ?? 'no header'}`]
  return likely('header-malformed', evidence, ['credential-not-attached'])
}

/** The key travelled in a header that DeepSeek does not read there. */
function otherHeader(facts: Facts, seen: string[]): Verdict {
  const evidence = [...seen, `the key went out as ${facts.sent.keyHeader?.name}`]
  return likely('credential-not-attached', evidence, ['header-malformed', 'credential-stripped'])
}

function stripped(facts: Facts, seen: string[]): Verdict {
  const detour = detourOf(facts)
  const evidence = [...seen, 'the request left with Authorization', ...(detour ? [detour] : [])]
  return certain('credential-stripped', evidence)
}

function proven(verdict: Verdict): Verdict {
  return { ...verdict, confidence: verdict.others?.includes('key-misnamed') ? 'likely' : 'certain' }
}

/** Something between here and DeepSeek that is able to drop a header. */
function detourOf(facts: Facts): string | undefined {
  const { firstUrl, url, headers } = facts
  if (facts.redirected) return 'the answer came after a redirect'
  if (firstUrl?.protocol === 'http:') return 'the call began as plain http, which is redirected'
  if (firstUrl && url && firstUrl.host !== url.host) return 'another host answered than was asked'
  if (url && !isDeepSeekHost(url.hostname)) return 'the host asked is not DeepSeek itself'
  const via = headers.get('via')
  return via && !/cloudfront/i.test(via) ? 'a Via header names a proxy' : undefined
}

function isGovernor(facts: Facts): boolean {
  if (facts.sentence) return facts.sentence === 'governor'
  if (facts.status !== 401 || !isBodyLost(facts)) return false
  if (facts.headers.get('content-length') === GOVERNOR_BYTES) return true
  // The reason phrase of the governor's answer; other servers send it with a page or a challenge.
  const phrase = /^(?:.{0,300}\b401:? )?authorization required$/i
  const isPhrase = facts.trail.messages.some((message) => phrase.test(message.trim()))
  return (isPhrase || phrase.test(facts.statusText)) && !facts.headers.has('www-authenticate')
}

function isHeaderForm(facts: Facts): boolean {
  if (facts.sentence) return facts.sentence === 'header-form'
  if (facts.status !== 401 || !isBodyLost(facts)) return false
  return facts.headers.get('content-length') === HEADER_FORM_BYTES
}

/** The guard answers by itself while it knows that a call would be refused. */
function held(facts: Facts): string[] {
  const reason = facts.headers.get('x-deepseek-guard') ?? ''
  return guardReasons.has(reason) ? [`the guard itself answered: ${reason}`] : []
}

/** The client kept status and headers and threw the body away. */
function isBodyLost(facts: Facts): boolean {
  const { kind } = facts.responder
  return (kind === 'deepseek' || kind === 'nobody') && /^(?:none|empty)$/.test(facts.message.form)
}

/** DeepSeek never answers with a page; only its own header makes one DeepSeek's. */
function isDeepSeeks(facts: Facts): boolean {
  const { kind, by } = facts.responder
  return kind === 'deepseek' && (by !== 'host' || !isPage(facts))
}

/** A 401 of DeepSeek's that names no characters, or whose body cannot be read. */
export const refused: Rule = (facts) => {
  const isOurs = isDeepSeeks(facts) && isRefusal(facts)
  if (facts.sentence !== 'refused' && !isOurs) return undefined
  const seen = [
    facts.sentence ? 'DeepSeek refuses the key' : 'DeepSeek answers 401',
    ...held(facts),
  ]
  if (facts.sent.known && !carriedSomething(facts.sent)) {
    return absence(facts, [...seen, 'the request as sent carries no key'])
  }
  const key = heldKey(facts)
  const defect = defectOf(facts, key)
  if (isFatal(defect)) return likely(defect.code, [...seen, ...defect.evidence])
  if (key === undefined && facts.key !== undefined) return absence(facts, seen)
  const isCut = defect?.code === 'key-truncated'
  if (defect && (isCut || (defect.code === 'key-whitespace' && !isWellFormed(key)))) {
    return likely(defect.code, [...seen, ...defect.evidence], ['key-rejected'])
  }
  const others: Cause[] = isWellFormed(key) ? [] : ['key-wrong-vendor', 'key-missing']
  const judge = facts.sentence ? likely : possible
  return judge('key-rejected', seen, others)
}
