import { answerWords } from './answer-words'
import { type Cause, type CauseGroup, type CauseRow, type CauseWords, causesByGroup } from './cause'
import { configWords } from './config-words'
import { credentialWords } from './credential-words'
import { keyWords } from './key-words'
import { networkWords } from './network-words'
import { requestWords } from './request-words'

const README = 'https://github.com/deepseek-guard/deepseek-guard'

/** Every word about every cause; the compiler asks for a row when a cause is added. */
const words: Record<Cause, CauseWords> = {
  ...credentialWords,
  ...keyWords,
  ...answerWords,
  ...requestWords,
  ...networkWords,
  ...configWords,
}

/** The README address that explains a cause. */
export function docsOf(cause: Cause): string {
  return `${README}#${cause}`
}

/** The group that a cause belongs to. */
export function groupOf(cause: Cause): CauseGroup {
  return causes[cause].group
}

/**
 * One row a cause: title, meaning, what you see, fix, how we know, docs anchor. `explain`, the
 * README and every diagnosis read their words here.
 */
export const causes: Readonly<Record<Cause, CauseRow>> = Object.freeze(
  Object.fromEntries(
    Object.entries(causesByGroup).flatMap(([group, members]) =>
      members.map((cause) => [cause, rowOf(cause, group as CauseGroup)]),
    ),
  ) as Record<Cause, CauseRow>,
)

function rowOf(cause: Cause, group: CauseGroup): CauseRow {
  Object.freeze(words[cause].fix)
  return Object.freeze({ retryable: false, ...words[cause], cause, group, docs: docsOf(cause) })
}
