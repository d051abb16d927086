import { causes } from '../diagnosis/causes'
import { diagnose } from '../diagnosis/diagnose'
import type { Diagnosis } from '../diagnosis/diagnosis'

/** Why an answer to the probe is not the one that was hoped for. */
export function diagnoseAnswer(answer: {
  url: string
  status: number
  headers: Headers
  text: string
}): Diagnosis {
  return diagnose({
    request: { url: answer.url, method: 'GET' },
    response: {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: answer.text,
      url: answer.url,
    },
  })
}

/** Why no answer came. */
export function diagnoseError(url: string, error: unknown): Diagnosis {
  return diagnose({ request: { url, method: 'GET' }, error })
}

/** Why no answer came in time: the probe's own deadline, which no caller set. */
export function diagnoseTimeout(): Diagnosis {
  return fromTable('timed-out', ['The probe got no answer within its deadline.'])
}

/** What `is_available: false` means; the answer itself proves the key. */
export function emptyBalance(): Diagnosis {
  const evidence = ['GET /user/balance answered 200 with is_available: false.']
  return { ...fromTable('balance-exhausted', evidence), credentialAccepted: true }
}

function fromTable(cause: 'timed-out' | 'balance-exhausted', evidence: string[]): Diagnosis {
  const { group, title, fix, retryable } = causes[cause]
  return { cause, group, confidence: 'certain', title, evidence, fix, others: [], retryable }
}
