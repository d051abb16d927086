import { diagnose } from '../diagnosis/diagnose'
import type { Diagnosis } from '../diagnosis/diagnosis'
import { isListed, readBalance } from '../health/probe-answer'
import type { Answer, Reply } from './ask'
import { EXIT, statusOfFailure } from './exit-status'
import { findingOfCause, findingOfDiagnosis } from './finding-of'
import type { Question } from './question'
import type { StepOutcome } from './step'

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
  if (available) return { status: 'ok', detail: 'The key is accepted and the account has balance.' }
  const evidence = ['the key is accepted', '/user/balance says is_available: false']
  const finding = findingOfCause('balance-exhausted', 'error', evidence)
  return { status: 'error', detail: finding.title, finding, exit: EXIT.refused }
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
