import type { Diagnosis } from '../causes/cause'
import { causes, tell } from '../causes/table'
import { callContext } from './call-context'
import { echo } from './echo-rules'
import { type Evidence, possible, type Rule, type Verdict } from './evidence'
import { type Facts, gather } from './facts'
import {
  baseUrlInvalid,
  hiddenRefusal,
  keyFileUnreadable,
  keyMissingInClient,
  unsendable,
} from './local-rules'
import { neighboursOf } from './neighbours'
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
  const others = confidence === 'certain' || named.length > 0 ? named : neighboursOf(cause)
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
