import { isSameVendor, vendorOfKey } from '../provider/vendors'
import { count, edgesOf, judgeCharacters, judgeRepeated, placesOf } from './characters'
import {
  fault,
  isGenuineShape,
  isHopeless,
  type KeyContext,
  type KeyFinding,
  passes,
} from './finding'
import { isSentinel, maskIn, nullishIn, pathIn, placeholderIn } from './look-alikes'
import { referenceIn } from './reference'
import { documentIn, type KeyLayer, outerLayer } from './wrapping'

/** Longer values cannot travel: Node and most servers end a header block at 16 KiB. */
const LONGEST = 8192
/** Quotes inside base64 inside quotes is the deepest that reports show. */
const DEEPEST = 5
/** `sk-` and 32 digits. */
const GENUINE_LENGTH = 35

/**
 * Judges the text in the place of an API key: one root cause, or undefined when nothing is wrong.
 * Pure, never throws, and what it returns (but `repaired`) holds no part of the text.
 */
export function judgeKey(value: string, context: KeyContext = {}): KeyFinding | undefined {
  return judge(value, context, 0)
}

function judge(value: string, context: KeyContext, depth: number): KeyFinding | undefined {
  const core = value.trim()
  const length = count(value.length, 'character')
  if (core === '') return fault('key-missing', [`${length}, none of them visible`])
  if (core.length > LONGEST) return fault('key-unsendable', [`${length}; a key has 35`])
  const defect = judgeCore(core, context, depth)
  if (core === value) return defect
  const edges = edgesOf(value, core)
  if (!defect || defect.code === 'key-unknown-shape') {
    const evidence = [length, ...edges]
    return { code: 'key-whitespace', severity: 'warning', evidence, repaired: core }
  }
  const usable = passes(defect) ? { repaired: core } : {}
  return { ...usable, ...defect, evidence: [...defect.evidence, ...edges] }
}

function judgeCore(core: string, context: KeyContext, depth: number): KeyFinding | undefined {
  // Nothing else can be wrong with the genuine shape, and it is by far the most frequent.
  if (isGenuineShape(core)) return judgeSample(core, context)
  if (isSentinel(core)) return sentinel(core)
  return (
    judgeDocument(core, context) ??
    judgeContent(core, context) ??
    judgeRepeated(core) ??
    judgeLayer(core, context, depth) ??
    judgeCharacters(core, (text) => judge(text, context, DEEPEST)) ??
    judgeShape(core, context)
  )
}

/** A broker puts the real key in where calls leave; only the probe can tell whether it does. */
function sentinel(core: string): KeyFinding {
  const evidence = [
    `${count(core.length, 'character')}: the sentinel of a credential broker, which puts the key ` +
      'in where calls leave',
  ]
  return { code: 'key-unknown-shape', severity: 'info', evidence, what: 'sentinel' }
}

function judgeDocument(core: string, context: KeyContext): KeyFinding | undefined {
  const layer = documentIn(core)
  if (!layer) return undefined
  const usable = layer.inner !== '' && passes(judgeCore(layer.inner, context, DEEPEST))
  const evidence = [count(core.length, 'character'), layer.evidence]
  return { ...layerFault(layer, evidence), ...(usable && { repaired: layer.inner }) }
}

function layerFault({ code, what }: KeyLayer, evidence: string[]): KeyFinding {
  return { ...fault(code, evidence), ...(what !== undefined && { what }) }
}

/** A pair of quotes around nothing, as tools keep it that unquote nothing. */
const emptyQuotes = /^(["'`])\1$|^[“”„‘’]{2}$/

function judgeContent(core: string, context: KeyContext): KeyFinding | undefined {
  const length = count(core.length, 'character')
  if (emptyQuotes.test(core)) return fault('key-missing', [`${length}: quotes around nothing`])
  if (/^sk[-_]$/i.test(core)) {
    return fault('key-truncated', [`${length}: the prefix, and nothing behind it`])
  }
  const nullish = nullishIn(core)
  if (nullish) return fault('key-nullish', [length, nullish])
  const reference = referenceIn(core, context.names)
  if (reference) {
    return { ...fault('key-unexpanded', [length, reference.form]), advice: reference.advice }
  }
  const path = pathIn(core)
  if (path) return fault('key-is-path', [length, path])
  const mask = maskIn(core)
  if (mask) return fault('key-masked', [length, mask])
  return judgeSample(core, context)
}

function judgeSample(core: string, context: KeyContext): KeyFinding | undefined {
  const sample = placeholderIn(core, context.ownHost !== false)
  if (!sample) return undefined
  const defect = fault('key-placeholder', [count(core.length, 'character'), sample])
  // Digits in order could be somebody's luck; the same digit 32 times could not.
  const possible = isGenuineShape(core) && !/^sk-(.)\1+$/.test(core)
  return possible ? { ...defect, severity: 'warning' } : defect
}

function judgeLayer(core: string, context: KeyContext, depth: number): KeyFinding | undefined {
  const layer = depth < DEEPEST ? outerLayer(core) : undefined
  if (!layer) return undefined
  const inner = judge(layer.inner, context, depth + 1)
  const evidence = [count(core.length, 'character'), layer.evidence]
  if (inner?.code === 'key-missing' && layer.code === 'key-quoted') return inner
  if (layer.code === 'key-encoded') {
    // Words and hex digits can be read as base64, too: only what then looks like a key counts.
    if (!revealsKey(layer.inner, inner)) return undefined
    if (inner?.code === 'key-encoded') evidence.push('encoded more than once')
  } else if (inner && isHopeless(inner)) {
    return { ...inner, evidence: [...inner.evidence, layer.evidence] }
  } else if (layer.code === 'key-prefixed' && !layer.certain && isOpaque(layer.inner, inner)) {
    // A gateway may issue `name:secret`.
    return undefined
  }
  const usable = passes(inner) || inner?.repaired !== undefined
  const repaired = usable ? { repaired: inner?.repaired ?? layer.inner.trim() } : {}
  return { ...layerFault(layer, evidence), ...repaired }
}

function revealsKey(text: string, inner: KeyFinding | undefined): boolean {
  if (!inner || inner.vendor || inner.code === 'key-prefixed') return true
  if (inner.code === 'key-missing' || isOpaque(text, inner)) return false
  return text.trim().startsWith('sk-') || inner.repaired !== undefined || isHopeless(inner)
}

function isOpaque(text: string, inner: KeyFinding | undefined): boolean {
  return inner?.code === 'key-unknown-shape' && !text.trim().startsWith('sk-')
}

function judgeShape(core: string, context: KeyContext): KeyFinding | undefined {
  const length = count(core.length, 'character')
  const vendor = vendorOfKey(core)
  if (vendor && context.hostVendor && isSameVendor(vendor.slug, context.hostVendor)) {
    return undefined
  }
  if (context.ownHost === false) return unknownShape(core, 'info')
  if (vendor) {
    const evidence = [length, `the prefix that ${vendor.name} gives its keys`]
    return { ...fault('key-wrong-vendor', evidence), vendor: vendor.slug }
  }
  // Three base64url parts, the first of them an object that begins with {" : a JSON web token.
  if (/^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(core)) {
    return fault('key-session-token', [length, 'three parts with dots between: a JSON web token'])
  }
  if (/^(?:sk-[0-9a-f]{0,31}|s?k?-?[0-9a-f]{32})$/.test(core)) {
    const missing = count(GENUINE_LENGTH - core.length, 'character')
    const evidence = [length, `${missing} fewer than a DeepSeek key has`]
    return { code: 'key-truncated', severity: 'warning', evidence }
  }
  return unknownShape(core, 'warning')
}

function unknownShape(core: string, severity: 'warning' | 'info'): KeyFinding {
  const start = core.startsWith('sk-') ? 'begins with sk-' : 'does not begin with sk-'
  const places = placesOf(core, /[^0-9A-Za-z_.-]/)
  const evidence = [`${count(core.length, 'character')}, ${start}`, ...places]
  return { code: 'key-unknown-shape', severity, evidence }
}
