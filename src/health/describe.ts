import type { HealthState } from './health-facts'
import { type PolicyRow, rowOf, type Status } from './policy'

/** What is going on, by the row that judges it. */
const WHAT: Readonly<Record<PolicyRow, string>> = {
  'wrong-key': 'DeepSeek refuses our credential',
  'no-credential': 'No usable credential of ours reaches DeepSeek',
  'not-a-key': 'What is configured as our key is not a key',
  header: 'Our Authorization header has the wrong form',
  config: 'Our configuration keeps calls from working',
  account: 'Our DeepSeek account is out of balance; the key is good',
  'wrong-destination': 'Something other than the DeepSeek API answers our calls',
  'access-blocked': 'Our calls are blocked on the way to DeepSeek',
  network: 'DeepSeek cannot be reached from here',
  service: 'DeepSeek is answering with server errors',
  'rate-limited': 'DeepSeek limits the rate of our calls',
  request: 'DeepSeek works, but a configured model is not on its list',
  caller: 'Calls to DeepSeek are given up by their callers',
  unknown: 'DeepSeek does not answer as expected',
  stale: 'There has been no news of DeepSeek for too long',
  starting: 'DeepSeek has not been asked yet',
}

const BUSY = 'DeepSeek is answering 503 for everyone'
const UNCONFIRMED = 'DeepSeek refused our credential and the refusal is being confirmed'

const CONSEQUENCE: Readonly<Record<Status, string>> = {
  pass: 'this instance is in rotation',
  warn: 'this instance stays in rotation',
  fail: 'this instance is out of rotation',
}

function whatOf({ judgement, failures, streak }: HealthState): string {
  const { cause, decision } = judgement
  if (decision.startsWith('stale:')) return WHAT.stale
  if (cause === 'starting') return streak ? UNCONFIRMED : WHAT.starting
  if (cause === 'service-busy') return BUSY
  if (cause !== null) return WHAT[rowOf(cause)]
  return failures > 0 ? 'DeepSeek worked; a recent failure is being checked' : 'DeepSeek works'
}

/** The document's sentence: what is going on, and what that means for this instance. */
export function describe(state: HealthState): string {
  const { status, phase } = state.judgement
  if (phase === 'draining') return 'This instance is draining: it takes no new traffic.'
  return `${whatOf(state)}; ${CONSEQUENCE[status]}.`
}
