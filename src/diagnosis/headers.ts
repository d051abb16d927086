import { items, keysOf, prop, text } from './read'

/** Header values by lower-case name. */
export type HeaderMap = ReadonlyMap<string, string>

/** More headers than any server sends, and longer than any credential. */
const MAX_HEADERS = 200
const MAX_VALUE = 8 * 1024

/**
 * Reads headers in any form that a client keeps them in: `Headers`, `Map`, a plain object, pairs,
 * Node's flat raw list. Names lose their case; repeated ones are joined as HTTP does.
 */
export function readHeaders(value: unknown): HeaderMap {
  const map = new Map<string, string>()
  if (value === null || typeof value !== 'object') return map
  if (Array.isArray(value)) readList(map, items(value, 2 * MAX_HEADERS))
  else if (!readIterable(map, value)) readObject(map, value)
  return map
}

function readList(map: Map<string, string>, list: unknown[]): void {
  const flat = list.every((item) => typeof item === 'string')
  if (flat) {
    for (let i = 0; i + 1 < list.length; i += 2) add(map, list[i], list[i + 1])
    return
  }
  for (const pair of list) add(map, prop(pair, 0), prop(pair, 1))
}

/** `Headers` and `Map` of any realm: both have `forEach` with the value first. */
function readIterable(map: Map<string, string>, value: object): boolean {
  const forEach = prop(value, 'forEach')
  if (typeof forEach !== 'function') return false
  try {
    let count = 0
    forEach.call(value, (item: unknown, name: unknown) => {
      if (count++ < MAX_HEADERS) add(map, name, item)
    })
    return true
  } catch {
    return map.size > 0
  }
}

function readObject(map: Map<string, string>, value: object): void {
  for (const name of keysOf(value, MAX_HEADERS)) add(map, name, prop(value, name))
}

function add(map: Map<string, string>, name: unknown, value: unknown): void {
  const key = text(name, 256)?.toLowerCase()
  if (!key) return
  const parts = Array.isArray(value) ? items(value, 20) : [value]
  for (const part of parts) {
    const string = typeof part === 'number' ? String(part) : text(part, MAX_VALUE)
    if (string === undefined) continue
    const before = map.get(key)
    map.set(key, before === undefined ? string : `${before}, ${string}`.slice(0, MAX_VALUE))
  }
}
