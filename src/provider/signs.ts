import { once } from '../once'

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

/** How one responder is told from all others, as tables write it. One hit in any cell is enough. */
interface SignRow {
  /** Wordings, as `wordings` reads them. */
  texts?: string
  /** Values of `type` and `code` fields in lower case, with blanks between. */
  codes?: string
  /** Field names that only this responder's envelope has, with blanks between. */
  fields?: string
  /** `name` of a header that is there, or `name: a part of its value`, with bars between. */
  headers?: string
}

export interface Sign {
  /** Lower-case name, as `Diagnosis.vendor` shows it. */
  slug: string
  texts: readonly Wording[]
  codes: readonly string[]
  fields: readonly string[]
  headers: readonly (readonly [name: string, part: string])[]
}

/** Signs in the order in which they are asked, and all their words in one pattern. */
type SignList = () => { rows: readonly Sign[]; words: RegExp }

/** The parts that must all stand in a text. */
export type Wording = readonly string[]

/** `one | two & three`: bars between wordings, `&` between parts, `␣` for a blank at an edge. */
export function wordings(list: string): Wording[] {
  return cells(list).map((wording) =>
    wording.split('&').map((part) => part.trim().replace(/␣/g, ' ')),
  )
}

/** True when all parts of one of the wordings stand in the text; both in lower case. */
export function isWorded(list: readonly Wording[], low: string): boolean {
  return list.some((parts) => parts.every((part) => low.includes(part)))
}

function cells(list: string, separator: string | RegExp = '|'): string[] {
  return list
    .split(separator)
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
}

/** Names with blanks or line ends between them. */
export function namesIn(list: string): ReadonlySet<string> {
  return new Set(cells(list, /\s+/))
}

/** What is asked whether any of its words stands in a text. */
export type Words = Pick<RegExp, 'test'>

/**
 * Tells whether any of the words stands in a text: one pass, however many there are, and linear,
 * for the pattern has literals only. The list is written as for `wordings`, and read when used.
 */
export function anyOf(list: string): Words {
  const pattern = once(() => patternOf(wordings(list).map(([word = '']) => word)))
  return { test: (low) => pattern().test(low) }
}

/** A pattern that any one of the words matches. */
export function patternOf(words: readonly string[]): RegExp {
  return new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'))
}

/** Makes a list of signs; most answers are let go after one look at all its words. */
export function signList(table: Readonly<Record<string, SignRow>>): SignList {
  return once(() => {
    const rows = Object.entries(table).map(([slug, row]): Sign => {
      const { texts = '', codes = '', fields = '', headers = '' } = row
      return {
        slug,
        texts: wordings(texts),
        codes: cells(codes, /\s+/),
        fields: cells(fields, /\s+/),
        headers: cells(headers).map((cell) => {
          const [name = '', part = ''] = cell.split(': ')
          return [name, part]
        }),
      }
    })
    const words = rows.flatMap(({ texts }) => texts.map(([word = '']) => word))
    return { rows, words: patternOf(words) }
  })
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
  const { rows, words } = list()
  const isSaid = words.test(low)
  if (!isSaid && codes.size === 0 && fields.size === 0) return undefined
  for (const sign of rows) {
    if (isSaid && isWorded(sign.texts, low)) return { slug: sign.slug, trait: 'wording' }
    const code = sign.codes.find((own) => codes.has(own))
    if (code) return { slug: sign.slug, trait: /^\d+$/.test(code) ? 'number' : 'error code' }
    if (sign.fields.some((field) => fields.has(field)))
      return { slug: sign.slug, trait: 'envelope' }
  }
  return undefined
}

/** The first sign that the answer's headers show. */
export function byHeaders(list: SignList, answer: Answer): Recognised | undefined {
  if (answer.headers.size === 0) return undefined
  const sign = list().rows.find(({ headers }) =>
    headers.some(([name, part]) => answer.headers.get(name)?.toLowerCase().includes(part)),
  )
  return sign && { slug: sign.slug, trait: 'headers' }
}
