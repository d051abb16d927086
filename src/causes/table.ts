import { once } from '../once'
import { accountWords } from './account-words'
import { answerWords } from './answer-words'
import { anyCall, type CallContext } from './call-context'
import {
  type Cause,
  type CauseGroup,
  type CauseRow,
  type CauseWords,
  causesByGroup,
  docsOf,
  type Fix,
  type StartWords,
} from './cause'
import { configWords } from './config-words'
import { credentialWords } from './credential-words'
import { keyWords } from './key-words'
import { networkWords } from './network-words'
import { requestWords } from './request-words'
import { serviceWords } from './service-words'

/**
 * Every word about every cause; the compiler asks for a row when a cause is added. Put together
 * when first read, as each row is: a good start reads none.
 */
const words = once(
  (): Record<Cause, CauseWords> => ({
    ...credentialWords,
    ...keyWords,
    ...answerWords,
    ...serviceWords,
    ...accountWords,
    ...requestWords,
    ...networkWords,
    ...configWords,
  }),
)

/** The group that a cause belongs to. */
export function groupOf(cause: Cause): CauseGroup {
  return causes[cause].group
}

/**
 * One row a cause: title, meaning, what you see, fix, how we know, docs anchor. `explain`, the
 * README and every diagnosis read their words here.
 */
export const causes: Readonly<Record<Cause, CauseRow>> = Object.freeze(
  Object.defineProperties({} as Record<Cause, CauseRow>, rowsWhenRead()),
)

function rowsWhenRead(): PropertyDescriptorMap {
  const rows = Object.entries(causesByGroup).flatMap(([group, members]) =>
    members.map((cause) => {
      const get = once(() => rowOf(cause, group as CauseGroup))
      return [cause, { enumerable: true, get }]
    }),
  )
  return Object.fromEntries(rows)
}

function rowOf(cause: Cause, group: CauseGroup): CauseRow {
  const { meaning, see, proof, retryable = false, general } = words()[cause]
  const { title, fix } = tell(cause, { ...anyCall, ...general })
  const docs = docsOf(cause)
  const row = { cause, group, title, meaning, see, fix: Object.freeze(fix), proof, retryable, docs }
  return Object.freeze(row)
}

/** Title and cure of a cause for one call. */
export function tell(cause: Cause, call: CallContext): { title: string; fix: Fix } {
  const { title, fix } = words()[cause]
  const cure = typeof fix === 'function' ? fix(call) : fix
  return {
    title: typeof title === 'function' ? title(call) : title,
    fix: typeof cure === 'string' ? { text: cure } : { ...cure },
  }
}

/** What the check at the start says of a text that should be a key. */
export function startWordsOf(cause: Cause): StartWords | undefined {
  return words()[cause].atStart
}
