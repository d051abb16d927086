import { balanceText, readBalances } from '../account/balance'
import type { Diagnosis } from '../causes/cause'
import { diagnose } from '../diagnosis/diagnose'
import { isListed, parseObject, readBalance } from '../health/probe-answer'
import type { Secret } from '../secret'
import { EXIT, statusOfFailure } from './answer'
import { findingOfCause, findingOfDiagnosis } from './findings'
import type { Question, StepOutcome } from './step'

/** An answer as it came, redirects not followed. */
export interface Answer {
  url: string
  status: number
  statusText: string
  headers: Record<string, string>
  /** At most 64 KiB. */
  body: string
  /** Epoch milliseconds at which the headers arrived. */
  at: number
  /** Set when the body broke off or dripped past the deadline. */
  bodyError?: unknown
}

/** What came of a question: an answer, or what the transport threw. */
export type Reply = { answer: Answer } | { error: unknown }

/** Far above every answer that counts: the model list has a few kilobytes. */
const MAX_BODY_BYTES = 64 * 1024

async function readBody(response: Response): Promise<Pick<Answer, 'body' | 'bodyError'>> {
  const decoder = new TextDecoder()
  let body = ''
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      body += decoder.decode(chunk, { stream: true })
      if (size > MAX_BODY_BYTES) break
    }
    return { body: body.slice(0, MAX_BODY_BYTES) }
  } catch (bodyError) {
    return { body, bodyError }
  }
}

/** Asks with the key, as the guard's own probe does. Never rejects. */
export async function ask(url: string, key: Secret, signal: AbortSignal): Promise<Reply> {
  const headers = { accept: 'application/json', authorization: `Bearer ${key.reveal()}` }
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal })
    const at = Date.now()
    const { status, statusText } = response
    const received = Object.fromEntries(response.headers)
    return {
      answer: { url, status, statusText, headers: received, at, ...(await readBody(response)) },
    }
  } catch (error) {
    return { error }
  }
}

function diagnoseReply({ url, key, baseURL }: Question, reply: Reply): Diagnosis {
  const configured = { apiKey: key.reveal(), baseURL }
  const headers = { authorization: `Bearer ${key.reveal()}` }
  const request = { url, method: 'GET', headers }
  if ('error' in reply) return diagnose({ configured, request, error: reply.error })
  const { answer } = reply
  if (answer.bodyError !== undefined && answer.status === 200) {
    return diagnose({ configured, request, error: answer.bodyError })
  }
  return diagnose({ configured, request, response: answer, at: answer.at })
}

/** Refusals and wrong addresses are bad; everything else leaves open whether the key is good. */
function failure(question: Question, reply: Reply): StepOutcome {
  const diagnosis = diagnoseReply(question, reply)
  const finding = findingOfDiagnosis(diagnosis)
  const status = 'answer' in reply ? reply.answer.status : undefined
  const exit = statusOfFailure(diagnosis.cause, status)
  const said = status === undefined ? diagnosis.title : `Answered ${status}: ${diagnosis.title}`
  const isBad = exit === EXIT.refused || exit === EXIT.config
  const detail = isBad ? said : `${said} Whether the key is good cannot be told.`
  return { status: isBad ? 'error' : 'unknown', detail, finding, exit }
}

/** An answer of 200 with another content than the API's: a portal, a web host, a new format. */
function oddContent(question: Question, answer: Answer, missing: string): StepOutcome {
  const outcome = failure(question, { answer })
  if (outcome.finding?.code !== 'unknown' || answer.bodyError !== undefined) return outcome
  const detail = `Answered 200 without ${missing}, so nothing can be told from it.`
  return { status: 'unknown', detail, finding: findingOfCause('unknown', 'warning', [detail]) }
}

function judgeBalance(question: Question, answer: Answer): StepOutcome {
  const available = readBalance(answer.body)
  if (available === undefined) return oddContent(question, answer, 'is_available')
  const balances = question.showBalance ? readBalances(parseObject(answer.body)) : undefined
  const amounts = balances?.rows.length ? ` It holds ${balanceText(balances)}.` : ''
  if (available) {
    const detail = `The key is accepted and the account has balance.${amounts}`
    return { status: 'ok', detail }
  }
  const evidence = ['the key is accepted', '/user/balance says is_available: false']
  const finding = findingOfCause('balance-exhausted', 'error', evidence)
  const detail = `${finding.title}${amounts}`
  return { status: 'error', detail, finding, exit: EXIT.refused }
}

function judgeModels(question: Question, answer: Answer): StepOutcome {
  if (isListed(answer.body, []) === undefined) return oddContent(question, answer, 'a list')
  return { status: 'ok', detail: 'The key is accepted and the models are listed.' }
}

/** What came of a question. */
export function judgeReply(question: Question, reply: Reply): StepOutcome {
  if ('error' in reply || reply.answer.status !== 200) return failure(question, reply)
  return question.about === 'balance'
    ? judgeBalance(question, reply.answer)
    : judgeModels(question, reply.answer)
}

/** A configured name that is not listed is a warning only: aliases work unlisted. */
export function judgeModelNames(wanted: readonly string[], list: Reply | undefined): StepOutcome {
  if (wanted.length === 0) return { status: 'skipped', detail: 'DEEPSEEK_MODEL is not set.' }
  const body = list && 'answer' in list && list.answer.status === 200 ? list.answer.body : ''
  if (isListed(body, []) === undefined) {
    return { status: 'unknown', detail: 'There is no list of models to compare with.' }
  }
  const missing = wanted.filter((name) => !isListed(body, [name]))
  if (missing.length === 0) return { status: 'ok', detail: 'Every configured model is listed.' }
  const seen = `${missing.length} of ${wanted.length} configured models not listed`
  const finding = findingOfCause('model-unavailable', 'warning', [seen])
  return {
    status: 'warning',
    detail: `${seen}.`,
    finding: { ...finding, variable: 'DEEPSEEK_MODEL' },
  }
}

/** `Date` counts whole seconds and an answer takes some; a minute is what token checks allow. */
const TOLERATED_MS = 60_000

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 600 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`
}

/**
 * Compares this machine's clock with the `Date` of an answer. A cache answers with an old one
 * (`Age`), which proves nothing.
 */
export function judgeClock(answers: readonly Answer[]): StepOutcome {
  const dated = answers.find(({ headers }) => headers.date && headers.age === undefined)
  const theirs = Date.parse(dated?.headers.date ?? '')
  if (!dated || Number.isNaN(theirs)) {
    return { status: 'unknown', detail: 'No answer carried a fresh Date header.' }
  }
  const skew = dated.at - theirs
  if (Math.abs(skew) <= TOLERATED_MS) {
    return { status: 'ok', detail: 'The clock agrees with the Date header.' }
  }
  const direction = skew > 0 ? 'ahead' : 'behind'
  const detail = `This machine's clock is ${inWords(Math.abs(skew))} ${direction}.`
  return { status: 'warning', detail, finding: findingOfCause('clock-skewed', 'warning', [detail]) }
}
