import type { Cause, Diagnosis } from '../causes/cause'
import { causes, tell } from '../causes/table'
import { callContext } from './call-context'
import { echo, placeholderRefused } from './echo-rules'
import { type Evidence, possible, type Rule, type Verdict } from './evidence'
import { type Facts, gather } from './facts'
import {
  baseUrlInvalid,
  hiddenRefusal,
  keyFileUnreadable,
  keyMissingInClient,
  unsendable,
} from './local-rules'
import { parserTrouble } from './parser-rules'
import { governor, headerForm, refused } from './refusal-rules'
import { quota, requestFault } from './request-rules'
import {
  answeredByOther,
  answeredByStranger,
  blocked,
  page,
  pageInsteadOfJson,
  proxyPage,
  redirect,
  webHost,
} from './responder-rules'
import { anyRefusal, balance, byStatus, model, requestRefused, wrongPath } from './status-rules'
import { brokenAnswer, keptBody, stream } from './stream-rules'
import { clockTold, tokenTime } from './token-rules'
import { proxyLogin, proxyRefusedTunnel, transport } from './transport-rules'

/** The diagnosis that the evidence gives. Never throws. */
export function judge(evidence: Evidence): Diagnosis {
  return toDiagnosis(judgeEvidence(evidence))
}

function toDiagnosis({ facts, verdict }: Judgement): Diagnosis {
  const { cause, confidence, evidence, vendor, credentialAccepted } = verdict
  const named = verdict.others ?? []
  const others = confidence === 'certain' || named.length > 0 ? named : (neighbours[cause] ?? [])
  const row = causes[cause]
  const words = facts
    ? tell(cause, callContext(facts, verdict))
    : { title: row.title, fix: { ...row.fix } }
  return {
    cause,
    group: row.group,
    confidence,
    title: words.title,
    evidence: [...evidence],
    fix: words.fix,
    others: [...new Set(others)].filter((other) => other !== cause),
    ...(vendor === undefined ? {} : { vendor }),
    ...(credentialAccepted === undefined ? {} : { credentialAccepted }),
    retryable: row.retryable,
  }
}

/**
 * Every judgement, in the order in which causes beat each other: the first that speaks is right.
 * What a sender alone can say stands before what a status says, because a 401 with a page is a
 * proxy and a 400 may be a balance.
 */
export const rules: readonly (readonly [name: string, rule: Rule])[] = [
  // The request never left: the client says so itself.
  ['unsendable', unsendable],
  ['key file', keyFileUnreadable],
  ['base URL', baseUrlInvalid],
  ['hidden refusal', hiddenRefusal],
  ['key missing in the client', keyMissingInClient],

  // A 200 whose body went wrong.
  ['stream', stream],
  ['kept body', keptBody],
  ['parser trouble', parserTrouble],
  ['broken answer', brokenAnswer],

  // Nothing of the API's came back.
  ['proxy log-in', proxyLogin],
  ['tunnel refused', proxyRefusedTunnel],
  ['page instead of JSON', pageInsteadOfJson],
  ['transport', transport],

  // DeepSeek's own sentences, however wrapped. The body first: it may quote any of the others.
  ['request fault', requestFault],
  ['request refused', requestRefused],
  ['model', model],
  ['quota', quota],
  ['balance', balance],
  ['governor', governor],
  ['header form', headerForm],
  ['echo', echo],
  ['web host', webHost],

  // Somebody else's answer.
  ['clock told', clockTold],
  ['filter or portal', proxyPage],
  ['block', blocked],
  ['placeholder refused', placeholderRefused],
  ['other vendor or gateway', answeredByOther],
  ['token times', tokenTime],

  // What the status says.
  ['wrong path', wrongPath],
  ['refused', refused],
  ['page', page],
  ['redirect', redirect],
  ['stranger', answeredByStranger],
  ['status', byStatus],
  ['any refusal', anyRefusal],
]

/**
 * What a cause is most easily taken for. Stands in `others` where a rule is not certain and names
 * no other reading itself: a verdict that is not proven always says what else it could be.
 */
const neighbours: Partial<Record<Cause, readonly Cause[]>> = {
  'key-missing': ['env-not-loaded', 'credential-not-attached'],
  'key-misnamed': ['key-missing'],
  'env-not-loaded': ['key-missing'],
  'credential-not-attached': ['credential-stripped'],
  'credential-stripped': ['credential-not-attached'],
  'key-placeholder': ['key-unexpanded', 'key-rejected'],
  'key-unexpanded': ['key-placeholder'],
  'key-nullish': ['env-not-loaded', 'key-placeholder'],
  'key-quoted': ['key-unexpanded', 'key-rejected'],
  'key-whitespace': ['key-truncated', 'key-rejected'],
  'key-encoded': ['key-wrong-vendor'],
  'key-is-path': ['key-placeholder'],
  'key-rejected': ['key-replaced', 'key-missing', 'credential-not-attached'],
  'key-replaced': ['answered-by-gateway', 'key-rejected'],
  'key-wrong-vendor': ['key-rejected'],
  'token-expired': ['key-session-token'],
  'answered-by-other-vendor': ['key-wrong-vendor', 'base-url-wrong-host'],
  'answered-by-gateway': ['key-wrong-vendor', 'key-missing'],
  'answered-by-proxy': ['access-blocked'],
  'wrong-path': ['base-url-has-endpoint'],
  'header-malformed': ['key-missing'],
  'balance-exhausted': ['quota-exhausted'],
  'quota-exhausted': ['rate-limited'],
  'model-unavailable': ['model-retired'],
  'request-invalid': ['message-format-unsupported', 'model-unavailable'],
  'reasoning-not-returned': ['request-invalid'],
  'thinking-mode-conflict': ['request-invalid'],
  'context-too-long': ['request-invalid'],
  'content-refused': ['request-invalid'],
  'message-format-unsupported': ['request-invalid'],
  'stream-cut': ['network-unreachable'],
  'stream-empty': ['stream-cut'],
  'stream-malformed': ['answered-by-proxy'],
  'rate-limited': ['quota-exhausted'],
  'service-busy': ['service-error'],
  'service-error': ['service-busy', 'answered-by-proxy'],
  'network-unreachable': ['timed-out'],
  'dns-failed': ['network-unreachable'],
  'tls-intercepted': ['network-unreachable'],
  'access-blocked': ['answered-by-proxy'],
  'timed-out': ['network-unreachable'],
  aborted: ['timed-out'],
  'key-file-unreadable': ['key-is-path'],
  'base-url-invalid': ['base-url-wrong-host'],
}

/** A verdict and what it was made from; no facts where they could not be read. */
interface Judgement {
  facts?: Facts
  verdict: Verdict
}

/** The verdict of the first rule that knows the case. Never throws. */
function judgeEvidence(evidence: Evidence): Judgement {
  try {
    const facts = gather(evidence)
    return { facts, verdict: judgeFacts(facts) }
  } catch {
    // Hostile evidence: whatever broke, the caller is about to handle an error of its own.
    return { verdict: possible('unknown', ['the evidence could not be read']) }
  }
}

function judgeFacts(facts: Facts): Verdict {
  for (const [, rule] of rules) {
    const verdict = rule(facts)
    if (verdict) return verdict
  }
  return possible('unknown', ['no rule knows this error or answer'])
}
