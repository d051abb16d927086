import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from '@swc/core'

const SRC = path.resolve(__dirname, '../src')

/** The rooms from left to right: each may use what stands left of it, or beside it. */
const ORDER = [
  ['secret', 'clock', 'once', 'errors', 'key', 'provider', 'causes'],
  ['diagnosis'],
  ['config'],
  ['observability'],
  ['store'],
  ['credentials'],
  ['outbound'],
  ['account'],
  ['health'],
  ['guard'],
  ['middleware', 'cli', 'register'],
  ['index'],
]

/** Entries of package.json: they are read from outside, so they may be short. */
const ENTRIES =
  /^(index|register|cli\/main|testing\/index|middleware\/(fastify|hono|nestjs)|observability\/metrics|store\/redis)\.ts$/

/** Judgement takes values and returns values; clocks, random numbers and fetch are handed in. */
const PURE =
  /^((key|provider|causes|diagnosis)\/.*|config\/(?:base-url|url-text|platform|platform-words|hosted-words)|credentials\/(?:backoff|token-facts|token-state|token-decision)|health\/(health-state|facts|policy|health-document)|observability\/scrub)\.ts$/

interface SourceFile {
  name: string
  text: string
  lines: string[]
  imports: string[]
}

function readSources(): SourceFile[] {
  const names = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const text = readFileSync(path.join(SRC, name), 'utf8')
      const specifiers = text.matchAll(/(?:from|require\(|import\() ?'(\.[^']*)'/g)
      const imports = [...specifiers].map(([, specifier]) => resolve(name, specifier ?? ''))
      return { name, text, lines: text.trimEnd().split('\n'), imports }
    })
}

function resolve(from: string, specifier: string): string {
  return `${path.posix.join(path.posix.dirname(from), specifier)}.ts`
}

function roomOf(name: string): string {
  return name.split('/')[0]?.replace(/\.ts$/, '') ?? name
}

function rankOf(name: string): number {
  return ORDER.findIndex((rooms) => rooms.includes(roomOf(name)))
}

function cycleFrom(start: string, graph: Map<string, string[]>): string[] | undefined {
  const seen = new Set<string>()
  const walk = (name: string, trail: string[]): string[] | undefined => {
    for (const next of graph.get(name) ?? []) {
      if (next === start) return [...trail, next]
      if (seen.has(next)) continue
      seen.add(next)
      const found = walk(next, [...trail, next])
      if (found) return found
    }
    return undefined
  }
  return walk(start, [start])
}

/** Line counts of every function, by the start of its text. */
function functionLengths(file: SourceFile): { where: string; lines: number }[] {
  const bytes = Buffer.from(file.text)
  const found: { where: string; lines: number }[] = []
  const tree = parseSync(file.text, { syntax: 'typescript', decorators: true })
  const offset = tree.span.start - leadingBytes(file.text)
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if (Array.isArray(node)) {
      node.forEach(visit)
      return
    }
    const {
      type,
      span,
      function: method,
    } = node as {
      type?: string
      span?: { start: number; end: number }
      function?: { span?: { start: number; end: number } }
    }
    const isFunction =
      /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type ?? '') ||
      (/Method/.test(type ?? '') && method !== undefined) ||
      type === 'Constructor'
    if (isFunction && span) {
      const text = bytes.subarray(span.start - offset, span.end - offset).toString()
      found.push({ where: `${file.name}: ${text.slice(0, 40)}`, lines: text.split('\n').length })
    }
    Object.values(node).forEach(visit)
  }
  visit(tree.body)
  return found
}

/** swc counts a file's span from its first token, not from its first byte. */
function leadingBytes(text: string): number {
  const code = text.replace(/^(?:\s|\/\*[\s\S]*?\*\/|\/\/.*|#!.*)*/, '')
  return Buffer.byteLength(text) - Buffer.byteLength(code)
}

/** Every word of the tests, which read what is theirs to prove. */
const TESTS = new Set(
  readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?ts$/.test(name))
    .flatMap((name) => readFileSync(path.join(__dirname, name), 'utf8').match(/\w+/g) ?? []),
)

const sources = readSources()
const graph = new Map(sources.map(({ name, imports }) => [name, imports]))

test('every file stands in a room of the map', () => {
  const strangers = sources.filter(({ name }) => rankOf(name) < 0 && roomOf(name) !== 'testing')
  expect(strangers.map(({ name }) => name)).toEqual([])
})

test('imports point to the left', () => {
  const wrong = sources.flatMap(({ name, imports }) =>
    imports
      .filter((target) => rankOf(target) > rankOf(name) && roomOf(name) !== 'testing')
      .map((target) => `${name} -> ${target}`),
  )
  expect(wrong).toEqual([])
})

test('the testing room stands alone', () => {
  const crossing = sources.flatMap(({ name, imports }) =>
    imports
      .filter((target) => (roomOf(name) === 'testing') !== (roomOf(target) === 'testing'))
      .map((target) => `${name} -> ${target}`),
  )
  expect(crossing).toEqual([])
})

test('no import draws a circle', () => {
  const circles = sources.map(({ name }) => cycleFrom(name, graph)).filter(Boolean)
  expect(circles).toEqual([])
})

test('no file has more than 300 lines', () => {
  const large = sources.filter(({ lines }) => lines.length > 300).map(({ name }) => name)
  expect(large).toEqual([])
})

test('a file under 40 lines has more than one reader, or is an entry', () => {
  const readersOf = (name: string) =>
    sources.filter(({ imports }) => imports.includes(name)).map((source) => source.name)
  const small = sources.filter(({ name, lines }) => lines.length < 40 && !ENTRIES.test(name))
  const lonely = small.filter(({ name }) => readersOf(name).length < 2).map(({ name }) => name)
  expect(lonely).toEqual([])
})

test('an export of a file has a reader outside it, or the file is an entry', () => {
  const words = sources.map(({ text }) => new Set(text.match(/\w+/g)))
  const declared =
    /^export (?:abstract )?(?:async )?(?:function|const|class|interface|type) (\w+)/gm
  const unread = sources.flatMap(({ name, text }, own) => {
    if (ENTRIES.test(name) || roomOf(name) === 'testing') return []
    const isRead = (word: string) =>
      words.some((each, at) => at !== own && each.has(word)) || TESTS.has(word)
    return [...text.matchAll(declared)].flatMap(([, word = '']) =>
      isRead(word) ? [] : [`${name}: ${word}`],
    )
  })
  expect(unread).toEqual([])
})

test('no function has more than 50 lines', () => {
  const long = sources.flatMap(functionLengths).filter(({ lines }) => lines > 50)
  expect(long).toEqual([])
})

test('no line is longer than 100 columns', () => {
  const wide = sources.flatMap(({ name, lines }) =>
    lines.flatMap((line, index) => ([...line].length > 100 ? [`${name}:${index + 1}`] : [])),
  )
  expect(wide).toEqual([])
})

test('only the edges of the house end the process or read its environment', () => {
  const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  const using = (word: string) =>
    sources.filter(({ text }) => code(text).includes(word)).map(({ name }) => name)
  expect(using('process.exit(').filter((name) => !/^(cli\/|register\.ts)/.test(name))).toEqual([])
  expect(using('process.env').filter((name) => !/^(cli|config)\//.test(name))).toEqual([])
})

test('the pure files import nothing of Node and read no clock', () => {
  const pure = sources.filter(({ name }) => PURE.test(name))
  const impure = pure.filter(({ text }) =>
    /from 'node:|require\('node:|Date\.now\(|performance\.now|new Date\(\)|\bawait\b/.test(text),
  )
  expect(pure.length).toBeGreaterThan(0)
  expect(impure.map(({ name }) => name)).toEqual([])
})
