import { type Cause, type CauseGroup, causesByGroup } from '../causes/cause'

/** `pass` and `warn` answer 200, `fail` answers 503. */
export type Status = 'pass' | 'warn' | 'fail'

/** `startup`: never ready yet. */
type Phase = 'startup' | 'steady'

export type PolicyPreset = 'guarded' | 'fail-open' | 'strict'

/** One status for both phases, or one for each; what is left out keeps the base's. */
type PolicyOverride = Status | { startup?: Status; steady?: Status }

/**
 * A preset with changes by cause group. An override covers every cause of its group, so one of
 * `service` covers `rate-limited` and one of `network` covers `access-blocked` too.
 */
export type PolicyOverrides = { base?: PolicyPreset } & {
  [group in CauseGroup | 'stale']?: PolicyOverride
}

/** What a row of the table is about: a cause group, or something with a row of its own. */
export type PolicyRow =
  | CauseGroup
  | 'access-blocked'
  | 'rate-limited'
  | 'guard-off'
  | 'stale'
  | 'starting'

/** `until-deadline`: `fail` until `startupDeadlineMs`, then `warn`. */
type StartupCell = Status | 'until-deadline'

interface PolicyCell {
  startup: StartupCell
  steady: Status
  /** The name that `decision` gives to the row. */
  name: string
}

/** The whole table after options: one cell a cause, and the rows that have no cause. */
export type Policy = Readonly<Record<Cause | 'stale' | 'starting', PolicyCell>>

/** What the table says about one verdict. */
export interface Decision {
  status: Status
  /** The row that produced the status, such as `service:steady=warn`. */
  decision: string
}

interface Row {
  startup: StartupCell
  guarded: Status
  'fail-open': Status
  strict: Status
}

const OURS: Row = { startup: 'fail', guarded: 'fail', 'fail-open': 'warn', strict: 'fail' }
const PLACE: Row = { startup: 'fail', guarded: 'warn', 'fail-open': 'warn', strict: 'fail' }
const THEIRS: Row = { ...PLACE, startup: 'until-deadline' }
const NOTED: Row = { startup: 'warn', guarded: 'warn', 'fail-open': 'warn', strict: 'warn' }

/**
 * Only what is wrong with this instance alone may take it out of rotation: a Service that is
 * emptied because the provider is down for everyone turns one outage into two.
 */
const table: Readonly<Record<PolicyRow, Row>> = {
  'wrong-key': OURS,
  'no-credential': OURS,
  'not-a-key': OURS,
  header: OURS,
  config: OURS,
  account: { ...NOTED, strict: 'fail' },
  'wrong-destination': PLACE,
  'access-blocked': PLACE,
  network: THEIRS,
  service: THEIRS,
  stream: THEIRS,
  unknown: THEIRS,
  'rate-limited': NOTED,
  request: NOTED,
  caller: NOTED,
  'guard-off': NOTED,
  stale: PLACE,
  starting: { startup: 'fail', guarded: 'fail', 'fail-open': 'fail', strict: 'fail' },
}

/** Causes that are judged apart from their group. */
const OWN_ROWS: ReadonlySet<PolicyRow> = new Set(['rate-limited', 'access-blocked', 'guard-off'])

const CREDENTIAL_ROWS: ReadonlySet<PolicyRow> = new Set([
  'wrong-key',
  'no-credential',
  'not-a-key',
  'header',
  'config',
])

const groupByCause = Object.fromEntries(
  Object.entries(causesByGroup).flatMap(([group, causes]) => causes.map((cause) => [cause, group])),
) as Record<Cause, CauseGroup>

/** The row that judges a cause. */
export function rowOf(cause: Cause): PolicyRow {
  return OWN_ROWS.has(cause as PolicyRow) ? (cause as PolicyRow) : groupByCause[cause]
}

/** True for a cause that says that our own credential is bad: such a verdict needs confirmation. */
export function isCredentialCause(cause: Cause): boolean {
  return CREDENTIAL_ROWS.has(rowOf(cause))
}

function cellOf(row: PolicyRow, preset: PolicyPreset): PolicyCell {
  return { startup: table[row].startup, steady: table[row][preset], name: row }
}

function override(cell: PolicyCell, change: PolicyOverride | undefined, name: string): PolicyCell {
  if (change === undefined) return cell
  const { startup, steady } =
    typeof change === 'string' ? { startup: change, steady: change } : change
  return { startup: startup ?? cell.startup, steady: steady ?? cell.steady, name }
}

/** Works the options into the table, once. */
export function resolvePolicy(policy: PolicyPreset | PolicyOverrides = 'guarded'): Policy {
  const overrides: PolicyOverrides = typeof policy === 'string' ? { base: policy } : policy
  const preset = overrides.base ?? 'guarded'
  const cells = Object.entries(groupByCause).map(([cause, group]) => {
    const cell = cellOf(rowOf(cause as Cause), preset)
    // Whoever switched the guard off wants traffic, whatever the policy says of the configuration.
    if (cause === 'guard-off') return [cause, cell]
    return [cause, override(cell, overrides[group], group)]
  })
  return {
    ...(Object.fromEntries(cells) as Record<Cause, PolicyCell>),
    stale: override(cellOf('stale', preset), overrides.stale, 'stale'),
    starting: cellOf('starting', preset),
  }
}

/** Reads one cell. `pastDeadline`: `startupDeadlineMs` have gone by since the start. */
export function decide(cell: PolicyCell, phase: Phase, pastDeadline: boolean): Decision {
  const value = cell[phase]
  const status = value === 'until-deadline' ? (pastDeadline ? 'warn' : 'fail') : value
  return { status, decision: `${cell.name}:${phase}=${status}` }
}
