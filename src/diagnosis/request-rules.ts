import type { Cause } from '../causes/cause'
import { type RequestFault, requestFaultIn } from '../provider/request-text'
import { anyOf, namesIn } from '../provider/signs'
import { certain, likely, named, type Rule, statusSeen } from './evidence'
import { type Facts, isProven } from './facts'

const causeOf: Record<RequestFault, [Cause, string, readonly Cause[]]> = {
  reasoning: ['reasoning-not-returned', 'the text wants the reasoning back', []],
  thinking: ['thinking-mode-conflict', 'the text is about the thinking mode', ['request-invalid']],
  context: ['context-too-long', 'the text is about the length of the context', []],
  content: ['content-refused', 'the text is about a content filter', []],
  format: [
    'message-format-unsupported',
    'the text is about a role, part or format',
    ['request-invalid', 'thinking-mode-conflict'],
  ],
  'server-flag': [
    'message-format-unsupported',
    'the text names a flag that the server was not started with',
    ['request-invalid'],
  ],
  'thinking-off': ['thinking-mode-conflict', 'two parameters exclude each other', []],
  'tool-order': invalid('the text is about the order of the messages'),
  turns: invalid('the text is about the order of the messages'),
  'tool-schema': invalid("the text is about a tool's parameters"),
  'tool-name': invalid("the text is about a tool's name"),
  provider: invalid('the client does not know the provider', 'model-unavailable'),
  'max-tokens': invalid('the text is about max_tokens', 'context-too-long'),
  beta: invalid('the text asks for the beta address', 'wrong-path'),
  'json-word': invalid('the text misses a word in the prompt'),
  'broken-body': ['request-invalid', 'the body is not JSON', []],
  missing: ['request-invalid', 'the text misses a field', []],
  parameter: invalid('the text names a parameter that is not known there'),
  file: ['request-invalid', 'the text is about a file that is not there', []],
  template: invalid("the model's prompt template does not take the messages"),
  signature: invalid('the text is about the signature of thinking', 'reasoning-not-returned'),
}

function invalid(
  seen: string,
  other: Cause = 'message-format-unsupported',
): [Cause, string, readonly Cause[]] {
  return ['request-invalid', seen, [other]]
}

/** Statuses with which a request is refused for what it says; some relays make them 500. */
function isAboutRequest({ status }: Facts): boolean {
  if (status === undefined || status === 500 || status === 502) return true
  return status < 300 || [400, 403, 404, 405, 413, 415, 422].includes(status)
}

/** What an API says of the request's own content, whoever the API is and however it was wrapped. */
export const requestFault: Rule = (facts) => {
  const { message, responder } = facts
  if (!isAboutRequest(facts) || message.form === 'html' || message.fields.has('choices')) {
    return undefined
  }
  const fault = requestFaultIn(message)
  if (!fault) return undefined
  const [cause, seen, others] = causeOf[fault]
  const isOwn = isProven(facts) && facts.status !== undefined
  const more: Cause[] = responder.kind === 'deepseek' ? [] : ['answered-by-other-vendor']
  const judge = isOwn && others.length === 0 ? certain : likely
  const verdict = judge(cause, [...statusSeen(facts), seen], isOwn ? others : [...others, ...more])
  return named(facts, { ...verdict, fault })
}

/** Money in the words of vendors, gateways and relays. */
const moneyWords = anyOf(`
  insufficient_quota | exceeded your current quota | exceeded_current_quota | allocationquota |
  allocated quota exceeded | quota exceeded | quota_exceeded | insufficient credit | more credits |
  purchased credits | out of credits | no credits | insufficient_credits | not enough credits |
  credits exhausted | credit balance is too low | insufficient balance | balance is insufficient |
  balance insufficient | not enough balance | insufficient_balance | insufficient account balance |
  account balance | paid balance | insufficient funds | arrearage | overdue | in arrears |
  good standing | payment required | insufficient_user_quota | budget has been exceeded |
  budget_exceeded | exceededbudget | spend limit | spending limit | key limit exceeded |
  monthly limit | credit limit | included credits | free credits | billing_not_active |
  billing hard limit | usage limit reached | quota is not enough | quota is exhausted |
  quota exhausted | setlimitexceeded |
  no remaining quota | insufficient quota | top up | recharge | 余额不足 | 额度不足 |
  额度已用尽 | 欠费 | 余额已用完 | 请充值 | 账户余额 | 配额不足 | 令牌额度`)

/** Money words that DeepSeek does not have. */
const foreignMoney = anyOf(`
  insufficient_quota | exceeded your current quota | out of credits | more credits |
  insufficient credit | insufficient_credits | credit balance is too low`)

/** A limit by the minute passes by itself, and so does one by the day of a free model. */
const paceWords = anyOf(`
  per minute | per second | per-min | per day | per-day | requests/min | rpm | tpm | qps |
  rate limit | rate-limit | ratelimit | too many requests | concurren`)

/** Gateways that run on the caller's own machines, with the caller's own DeepSeek key. */
const ownGateways = namesIn(`
  litellm claude-code-router open-webui dify bifrost portkey helicone`)

/** Somebody else's money: a vendor's, a gateway's, or a relay's own account at DeepSeek. */
export const quota: Rule = (facts) => {
  const { status, message, responder } = facts
  if (responder.kind === 'deepseek' || responder.kind === 'web') return undefined
  // DeepSeek itself has a balance, and neither quotas nor credits.
  if (responder.kind === 'nobody' && !foreignMoney.test(message.low)) return undefined
  if (message.form === 'html' || message.fields.has('choices')) return undefined
  const isLocal = responder.kind === 'local'
  // Programs that people run for themselves pass the refusal of the caller's own account on.
  if (facts.sentence === 'balance' && ownGateways.has(responder.slug ?? '')) return undefined
  const isMoney = moneyWords.test(message.low) && !isLocal
  if (!isMoney && (status !== 402 || isLocal)) return undefined
  if (/per[- ](?:minute|min\b|second)|\b(?:rpm|tpm|qps)\b/.test(message.low)) return undefined
  if (status === 429 && paceWords.test(message.low) && !message.low.includes('quota')) {
    return undefined
  }
  const seen = [...statusSeen(facts), 'the text is about money or a quota']
  const isOwn = responder.by === 'words' || responder.by === 'host'
  const others: Cause[] = [
    responder.kind === 'vendor' ? 'answered-by-other-vendor' : 'answered-by-gateway',
  ]
  if (!isOwn) others.unshift('balance-exhausted')
  if (status === 429) others.unshift('rate-limited')
  return named(facts, likely('quota-exhausted', seen, others))
}
