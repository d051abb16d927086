import type { Fix } from '../causes/cause'
import { causes } from '../causes/table'
import type { Health, Status } from './health-document'
import { type PolicyRow, rowOf } from './policy'

/** Whose turn it is, by the row that judges the cause. */
const WHO: Readonly<Record<PolicyRow, string>> = {
  'wrong-key': 'It is us',
  'no-credential': 'It is us',
  'not-a-key': 'It is us',
  header: 'It is us',
  config: 'It is us',
  account: 'It is us: our account',
  'wrong-destination': 'It is us: our base URL, or something on the way',
  'access-blocked': 'It is the network',
  network: 'It is the network',
  service: 'It is them',
  stream: 'It is them, or something on the way',
  'rate-limited': 'It is us: too many calls at once',
  request: 'It is us: a model name',
  caller: 'It is our callers',
  unknown: 'It is unclear whose fault it is',
  stale: 'It is unknown',
  starting: 'It is too early to tell',
  'guard-off': 'It is us: the guard is switched off',
}

const KUBERNETES: Readonly<Record<Status, string>> = {
  pass: 'Readiness answers 200: this pod gets traffic.',
  warn: 'Readiness answers 200: this pod keeps getting traffic; taking it out would not help.',
  fail: 'Readiness answers 503: this pod gets no traffic. Liveness answers 200: no restart.',
}

const WHEN: Readonly<Record<string, string>> = {
  accepted: 'when DeepSeek accepts its credential',
  inference: 'when DeepSeek refuses calls for answers with a credential that it accepts otherwise',
  starting: 'until DeepSeek was asked',
  draining: 'once the application called drain()',
  stale: 'when its evidence is too old',
}

/** Who is at fault, in a few words. */
export function whoOf({ cause, decision, phase }: Health): string {
  if (phase === 'draining') return 'It is on purpose'
  if (decision.startsWith('stale:')) return WHO.stale
  if (cause === null) return 'All is well'
  return cause === 'starting' ? WHO.starting : WHO[rowOf(cause)]
}

/** What Kubernetes makes of the status. */
export function kubernetesOf(health: Health): string {
  return KUBERNETES[health.status]
}

/** The rule that produced the status, read aloud. */
export function ruleOf({ decision }: Health): string {
  const [, row = '', phase = '', status = ''] = /^(.+):(.+)=(.+)$/.exec(decision) ?? []
  const when = WHEN[row] ?? `when the cause is in the group ${row}`
  const stage = phase === 'startup' ? 'was never ready' : 'was ready before'
  return `an instance that ${stage} answers ${status} ${when}.`
}

/** What to do next. */
export function nextStep({ cause, phase, decision }: Health): Fix {
  if (phase === 'draining') return { text: 'Nothing: the process is about to end.' }
  if (decision.startsWith('stale:')) {
    return { text: 'Look whether this process is blocked: its probes do not come through.' }
  }
  if (cause === null) return { text: 'Nothing.' }
  return cause === 'starting' ? { text: 'Wait for the first probe.' } : causes[cause].fix
}
