import type { HeaderMap } from '../headers'
import type { Said } from '../said'

/** The part of the evidence that signs are read from. */
export interface Answer {
  said: Said
  headers: HeaderMap
}

/** How one answerer is told from all others. One hit in any list is enough. */
export interface Sign {
  /** Lower-case name, as `Diagnosis.vendor` shows it. */
  slug: string
  /** Words in lower case; a list means that all of them stand there. */
  texts?: readonly (string | readonly string[])[]
  /** Values of `type` and `code` fields, in lower case. */
  codes?: readonly string[]
  /** Field names that only this answerer's envelope has. */
  fields?: readonly string[]
  /** Header name and a part of its value; an empty part means that the header is there. */
  headers?: readonly (readonly [string, string])[]
}

/** What of an answer gave its sender away. */
export type Trait = 'wording' | 'error code' | 'envelope' | 'headers'

export interface Recognised {
  slug: string
  trait: Trait
}

/** The first sign that the answer's own words or envelope show. */
export function byWords(signs: readonly Sign[], answer: Answer): Recognised | undefined {
  const { low, codes, fields } = answer.said
  const has = (part: string): boolean => low.includes(part)
  for (const { slug, texts = [], codes: ownCodes = [], fields: ownFields = [] } of signs) {
    if (texts.some((part) => (typeof part === 'string' ? has(part) : part.every(has)))) {
      return { slug, trait: 'wording' }
    }
    if (ownCodes.some((code) => codes.has(code))) return { slug, trait: 'error code' }
    if (ownFields.some((field) => fields.has(field))) return { slug, trait: 'envelope' }
  }
  return undefined
}

/** The first sign that the answer's headers show. */
export function byHeaders(signs: readonly Sign[], answer: Answer): Recognised | undefined {
  if (answer.headers.size === 0) return undefined
  const sign = signs.find(({ headers = [] }) =>
    headers.some(([name, part]) => answer.headers.get(name)?.toLowerCase().includes(part)),
  )
  return sign && { slug: sign.slug, trait: 'headers' }
}
