import { readFileSync } from 'node:fs'
import path from 'node:path'

/** One labelled case; `robustness` lines have no `expected`. */
export interface Case {
  id: string
  evidence: any
  confirmed?: 'confirmed' | 'evident' | 'likely' | 'synthetic'
  robustness?: boolean
  /** The argument itself has the wrong shape: the class of the error. */
  throws?: string
  expected?: Expected
}

export interface Expected {
  group: string
  causes: string[]
  confidence?: string
  vendor?: string
  credentialAccepted?: boolean
  fixMentions?: Alternative[][]
  fixAvoids?: Alternative[]
  titleAvoids?: Alternative[]
}

/** A plain text, or a pattern; both without regard to case. */
export type Alternative = string | { re: string }

const files = ['diagnosis.jsonl', 'diagnosis-2.jsonl', 'diagnosis-own.jsonl']

/** The labelled cases of all files. */
export function readCases(): Case[] {
  return files.flatMap((name) => {
    const lines = readFileSync(path.resolve(__dirname, '../cases', name), 'utf8').split('\n')
    return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as Case)
  })
}

/** True when the alternative stands in the text. */
export function stands(alternative: Alternative, text: string): boolean {
  return typeof alternative === 'string'
    ? text.toLowerCase().includes(alternative.toLowerCase())
    : new RegExp(alternative.re, 'i').test(text)
}

/** Puts in what JSON cannot say: see the README beside the cases. */
export function revive(value: any, root?: any): any {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((item) => revive(item, root))
  const keys = Object.keys(value)
  if (keys.length === 1 && keys[0]!.startsWith('$')) return marked(keys[0]!, value[keys[0]!], root)
  const copy: any = {}
  const top = root ?? copy
  for (const key of keys) {
    const inner = value[key]
    const marker = inner && typeof inner === 'object' ? Object.keys(inner) : []
    if (marker.length === 1 && marker[0] === '$getter') {
      Object.defineProperty(copy, key, {
        enumerable: true,
        get() {
          throw new Error(inner.$getter)
        },
      })
    } else {
      Object.defineProperty(copy, key, {
        value: revive(inner, top),
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
  }
  return copy
}

function marked(marker: string, value: any, root: any): any {
  const makers: Record<string, () => any> = {
    $repeat: () => value[0].repeat(value[1]),
    $concat: () => value.map((part: any) => revive(part, root)).join(''),
    $bytes: () => new Uint8Array(Buffer.from(value, 'base64')),
    $headers: () => new Headers(value),
    $map: () => new Map(value),
    $url: () => new URL(value),
    $undefined: () => undefined,
    $symbol: () => Symbol(value),
    $bigint: () => BigInt(value),
    $self: () => root,
    $proxy: () => hostileProxy(),
    $hostileString: () => ({
      toString() {
        throw new Error('no string')
      },
    }),
    $invalidDate: () => new Date(Number.NaN),
    $deep: () => deepCauses(value),
    $bigEnv: () => Object.fromEntries(Array.from({ length: value }, (_, i) => [`V${i}`, `x${i}`])),
    $frozen: () => deepFreeze(revive(value, root)),
    $getter: () => undefined,
  }
  return makers[marker]!()
}

/** Every trap throws. */
export function hostileProxy(): any {
  const trap = (): never => {
    throw new Error('trapped')
  }
  const handler = new Proxy({}, { get: () => trap })
  return new Proxy({}, handler)
}

export function deepCauses(depth: number): Error {
  let error = new Error('innermost')
  for (let i = 0; i < depth; i++) error = new Error('wrapped', { cause: error })
  return error
}

function deepFreeze(value: any): any {
  if (value !== null && typeof value === 'object') {
    for (const key of Object.keys(value)) deepFreeze(value[key])
    Object.freeze(value)
  }
  return value
}

/** The same error as a thrown one: a real `Error`, with `Headers` and real causes. */
export function asThrown(error: any): any {
  if (error === null || typeof error !== 'object' || Array.isArray(error)) return error
  const { name, message, cause, ...rest } = error
  const real = new Error(String(message), cause === undefined ? {} : { cause: asThrown(cause) })
  Object.defineProperty(real, 'name', { value: name, configurable: true })
  for (const [key, item] of Object.entries(rest)) {
    ;(real as any)[key] = key === 'headers' ? new Headers(item as Record<string, string>) : item
  }
  return real
}

/** Every secret of a case: what stands in key slots, headers and secret-looking variables. */
export function secretsOf(evidence: any): string[] {
  const found = JSON.stringify(evidence).match(/sk-[A-Za-z0-9_-]{16,}|eyJ[\w.-]{40,}/g) ?? []
  return [...new Set(found)]
}
