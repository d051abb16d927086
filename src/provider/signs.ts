/** Header values by lower-case name. */
export type HeaderMap = ReadonlyMap<string, string>

/** What an answer or an error says, with every wrapper peeled off. */
export interface MessageText {
  /** Every sentence, outermost first, at most 4 KiB. Holds foreign text: never shown to anyone. */
  text: string
  /** The same in lower case, for comparisons. */
  low: string
  /** Values of `type`, `code`, `status` and the like, in lower case. */
  codes: ReadonlySet<string>
  /** Names of the fields, in lower case: they tell one vendor's envelope from another's. */
  fields: ReadonlySet<string>
  form: 'none' | 'empty' | 'text' | 'json' | 'html' | 'binary'
  /** A bare JSON string, which is one vendor's whole answer. */
  bare: boolean
}

/** The part of the evidence that signs are read from. */
export interface Answer {
  message: MessageText
  headers: HeaderMap
}

/** How one responder is told from all others. One hit in any list is enough. */
export interface Sign {
  /** Lower-case name, as `Diagnosis.vendor` shows it. */
  slug: string
  /** Words in lower case; a list means that all of them stand there. */
  texts?: readonly (string | readonly string[])[]
  /** Values of `type` and `code` fields, in lower case. */
  codes?: readonly string[]
  /** Field names that only this responder's envelope has. */
  fields?: readonly string[]
  /** Header name and a part of its value; an empty part means that the header is there. */
  headers?: readonly (readonly [string, string])[]
}

/** Signs in the order in which they are asked, and all their words in one pattern. */
export interface SignList {
  rows: readonly Sign[]
  /** Matches when any word of any row may be there: most answers are let go after this one look. */
  words: RegExp
}

/** Matches where any of the words stands: one pass, however many there are, and linear. */
export function anyOf(words: readonly string[]): RegExp {
  return new RegExp(words.map(literal).join('|'))
}

/** Makes a list of signs; the pattern has literals only, so no text can make it run away. */
export function signList(rows: readonly Sign[]): SignList {
  const words = rows.flatMap(({ texts = [] }) =>
    texts.map((text) => (typeof text === 'string' ? text : text[0])),
  )
  return { rows, words: anyOf(words.map((word) => word ?? '')) }
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/** What of an answer gave its sender away. */
type Trait = 'wording' | 'error code' | 'number' | 'envelope' | 'headers'

export interface Recognised {
  slug: string
  trait: Trait
}

/** The first sign that the answer's own words or envelope show. */
export function byWords(list: SignList, answer: Answer): Recognised | undefined {
  const { low, codes, fields } = answer.message
  const isWorded = list.words.test(low)
  if (!isWorded && codes.size === 0 && fields.size === 0) return undefined
  const has = (part: string): boolean => low.includes(part)
  for (const { slug, texts = [], codes: ownCodes = [], fields: ownFields = [] } of list.rows) {
    const isSaid =
      isWorded && texts.some((part) => (typeof part === 'string' ? has(part) : part.every(has)))
    if (isSaid) return { slug, trait: 'wording' }
    const code = ownCodes.find((own) => codes.has(own))
    if (code) return { slug, trait: /^\d+$/.test(code) ? 'number' : 'error code' }
    if (ownFields.some((field) => fields.has(field))) return { slug, trait: 'envelope' }
  }
  return undefined
}

/** The first sign that the answer's headers show. */
export function byHeaders(list: SignList, answer: Answer): Recognised | undefined {
  if (answer.headers.size === 0) return undefined
  const sign = list.rows.find(({ headers = [] }) =>
    headers.some(([name, part]) => answer.headers.get(name)?.toLowerCase().includes(part)),
  )
  return sign && { slug: sign.slug, trait: 'headers' }
}
