/** What values that are not text are printed as; Helm and Go say `<nil>` and `<no value>`. */
const nullish = new Set(
  (
    'undefined null none nan nil nul void nullptr infinity false true undefinedundefined ' +
    'nullnull <nil> <null> (null) (none) ~ {} []'
  ).split(' '),
)
const printedObject =
  /^(?:<no value>|\[object \w+\]|promise \{.*\}|<\w+ object\b.*|System\.(?:\w+\.)*\w+(?:\[\])?)$/i

/** A function that was turned into text instead of being called. */
const printedFunction =
  /^(?:(?:async\s+)?(?:function\b|\([\w\s,]*\)\s*=>|class\s)|\[\w*Function|<function|Symbol\()/

const fileEndings =
  'txt key json pem env yaml yml secret toml ini conf cfg token properties gpg enc'.split(' ')

const pathForms: readonly [pattern: RegExp, what: string][] = [
  [/^file:/i, 'a file: URL'],
  [/^[a-z][a-z0-9+.-]*:\/\//i, 'a URL'],
  [/^[A-Za-z]:[\\/]/, 'a Windows path'],
  [/^\\\\[^\\]/, 'a Windows share'],
  [/^@?~?\/[^+=]*$/, 'an absolute path'],
  [/^@?\.{1,2}[\\/]/, 'a relative path'],
  [/^(?:\$\w+|%\w+%)[\\/]/, 'a path'],
  [/^\.[A-Za-z][\w.-]*$/, 'a file name'],
  [/^(?:[\w-]+\.)+(?:com|cn|ai|net|org|io|dev|local|internal)(?:[:/]\S*)?$/i, 'an address'],
  [
    /^(?:run|var|etc|secrets?|home|mnt|opt|usr|tmp|config|conf|certs?|keys?)[\\/][^+=]*$/i,
    'a path',
  ],
  [new RegExp(`^[\\w .@/\\\\-]+\\.(?:${fileEndings.join('|')})$`, 'i'), 'a file name'],
]

/** Characters that stand for hidden ones: stars, dots, bullets, blocks. */
const mask = /\*{3,}|^\*+$|\.{3,}|…|[•●∙·▪◦○■█◼]{2,}/u
const maskWord = new RegExp(
  '(?<![a-z0-9])(?:redacted|masked|hidden|concealed|filtered|censored|obfuscated|sensitive)' +
    '(?![a-z0-9])',
  'i',
)
const maskedInside = /^(?:sk-)?[0-9a-z]{1,8}([^0-9a-z\s])\1+[0-9a-z]{1,8}$|^sk-\w*\*\w*$/i
const maskedByX = /^(?:sk-[0-9a-wyz]{0,8}|[0-9a-wyz]{1,8})x{4,}[0-9a-wyz]{2,8}$/i

/** What a value that was not a string is printed as. */
export function nullishIn(text: string): string | undefined {
  if (nullish.has(text.toLowerCase()) || printedObject.test(text)) {
    return 'what an absent value, or one that is not text, is printed as'
  }
  return printedFunction.test(text)
    ? 'the source text of a function that was not called'
    : undefined
}

const actor = '(?:proxy|broker|sandbox|egress|gateway|sidecar|envoy|injector|boundary)'

/** What credential brokers put in the place of a key that they add where calls leave. */
const sentinels: readonly RegExp[] = [
  new RegExp(
    `^${actor}[-_](?:managed|injected|provided|supplied|replaced|held|token|placeholder|secret)` +
      '(?:[-_][\\w-]*)?$',
    'i',
  ),
  new RegExp(
    '^(?:managed|injected|provided|supplied|replaced|set|added|held|swapped)[-_]' +
      '(?:by|at|in|via)[-_]' +
      `(?:the[-_])?(?:[\\w]+[-_])*${actor}(?:[-_]\\w+)*$`,
    'i',
  ),
  /^@@secret:[\w./:-]+@@$/i,
  /^(?:[A-Z]+_)*(?:SECRET|CREDENTIAL|TOKEN)_PLACEHOLDER_[0-9a-f]{8,}$/i,
  /^(?:msb_ph|[a-z]+_secret)_[0-9a-f]{12,}$/,
  /^\$MSB_\w+$/,
  /^(?:phantom|sentinel|surrogate|stand-?in)[-_:][\w:-]+$/i,
  /^openshell:resolve:/,
]

/** The sentinel of a credential broker: not a key, and yet what this process must send. */
export function isSentinel(text: string): boolean {
  return text.length <= 200 && sentinels.some((pattern) => pattern.test(text))
}

/** A file's name or an address, where the key itself belongs. */
export function pathIn(text: string): string | undefined {
  return pathForms.find(([pattern]) => pattern.test(text))?.[1]
}

/** The key as a console or a log shows it afterwards. */
export function maskIn(text: string): string | undefined {
  if (maskWord.test(text) && !isRandom(text)) return 'the note of a tool that hides secrets'
  const found = mask.exec(text) ?? maskedInside.exec(text)
  if (found) return `position ${found.index + 1}: characters that stand for hidden ones`
  return maskedByX.test(text) ? 'a row of x between the first and last characters' : undefined
}

/**
 * Words of sample texts. Each must stand between separators, so that a random key cannot hold one
 * by chance.
 */
const instructions = new Set(
  (
    'your yours here changeme change replace replaceme insert paste enter fill ' +
    'placeholder example sample dummy fake todo fixme votre dein deine deinen aqui hier ' +
    'ici tuyo'
  ).split(' '),
)

/** Run together, none of these appears in random text. */
const runTogether = new RegExp(
  [
    'changeme|changeit|changethis|replaceme|replacewith|replacethis|placeholder|notareal',
    'your(?:own|real|actual|deepseek|api|key|secret|token)',
    '(?:key|token|secret|it)here',
    '(?:insert|paste)(?:your|key|api)',
    '(?:dummy|sample|example|fake|test)(?:api)?key',
  ].join('|'),
)

/** Words that alone, or only with each other, are no key. */
const vocabulary = new Set(
  (
    'a an the my our api apikey mykey key keys token secret secrets password passwd pass ' +
    'pwd bearer auth sk deepseek deep seek openai llm model value string text test ' +
    'testing tests demo default dev prod production staging local example sample fake ' +
    'dummy mock none empty unset missing todo tbd n na xxx foo bar baz foobar qwerty ' +
    'qwertyuiop asdf asdfasdf abc abcd lorem ipsum goes real put is not set me it you ' +
    'with this that of for to any yet nothing null valid invalid unused unknown user ' +
    'provided needed required credential credentials access no tu su mi clave sua chave ' +
    'cle schluessel chat reasoner coder flash pro v'
  ).split(' '),
)

/** As long as the random part of a key, and with a digit in it. */
const longRun = /(?=[a-z]*\d)[0-9a-z]{20}/i

/** The digits and letters in the order in which people type them when they invent a key. */
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz'

/** Why the text reads like a sample, holding nothing of it; undefined when it does not. */
export function placeholderIn(text: string, ownHost: boolean): string | undefined {
  return clearPlaceholder(text) ?? (ownHost ? inventedKey(text) : undefined)
}

/** Certain on every host. */
function clearPlaceholder(text: string): string | undefined {
  if (
    /^(?:<[^<>]*>|\[[^[\]]*\]|\([^()]*\)|\{[A-Za-z][\w -]*\})$/.test(text) &&
    !longRun.test(text)
  ) {
    return 'brackets around words, where a key belongs'
  }
  if (text === 'managed-by-deepseek-guard') return "the guard's own placeholder, not a key"
  const bare = text.replace(/^sk-/i, '')
  const separated = bare.split(/[^A-Za-z0-9]+/)
  if (!isRandom(bare) && separated.some((word) => isInstruction(word, bare))) {
    return 'words of an instruction, not a key'
  }
  if (holdsRunTogether(bare)) {
    return 'words of an instruction, not a key'
  }
  if (/^(?:[xX?_.#%~=+-]{3,}|[?_.#~=+-]+)$/.test(bare)) return 'one repeated character'
  if (isForeignProse(bare)) return 'words in a natural language, not a key'
  return /^(?!bearer|token|basic)[a-z]{2,}(?: [a-z']{2,})+[.!]?$/i.test(text)
    ? 'a sentence, not a key'
    : undefined
}

/** On DeepSeek's own host also what somebody made up; gateways do issue keys such as sk-1234. */
function inventedKey(text: string): string | undefined {
  const bare = text.toLowerCase().replace(/^sk-/, '')
  const words = bare.split(/[^a-z]+/).filter((word) => word !== '')
  const digits = bare.replace(/\D/g, '').length
  const plain = !/[${}%"'`]/.test(text)
  if (plain && words.length > 0 && digits <= 4 && words.every((word) => vocabulary.has(word))) {
    return 'everyday words, not a key'
  }
  const body = bare.replace(/[-_.\s]/g, '')
  if (body.length < 3) return undefined
  if (isPeriodic(body)) return 'a short pattern, repeated'
  return isSequence(body) ? 'characters in alphabetical or counting order' : undefined
}

/**
 * `xxx` between separators stands for something, too. In a long text with digits all over, three
 * letters, or letters of both cases, stand between separators by chance.
 */
function isInstruction(word: string, bare: string): boolean {
  const low = word.toLowerCase()
  if (!instructions.has(low) && !/^x{3,}$/.test(low)) return false
  return !isScattered(bare) || (word.length > 3 && /^[A-Za-z]?(?:[a-z]+|[A-Z]+)$/.test(word))
}

/** Long, with digits in three places or more: as random keys are, and sample texts hardly ever. */
function isScattered(bare: string): boolean {
  return bare.length >= 24 && (bare.match(/\d+/g)?.length ?? 0) >= 3
}

/** A separate word in front of something random (sk-example-4f9a…) is still a sample. */
function isRandom(bare: string): boolean {
  const longest = bare.split(/[-_.\s]/).reduce((best, part) => Math.max(best, part.length), 0)
  return longest >= 40
}

/**
 * Words without separators, as somebody writes them: in one case or in camel case. In fifty random
 * letters `kEYHErE` stands by chance once in a thousand thousand, so digits all over rule it out.
 */
function holdsRunTogether(bare: string): boolean {
  if (isScattered(bare)) return false
  const letters = bare.replace(/[^A-Za-z]/g, '')
  const found = runTogether.exec(letters.toLowerCase())
  if (!found) return false
  const written = letters.slice(found.index, found.index + found[0].length)
  return /^(?:[a-z]+|[A-Z]+|[A-Za-z]?[a-z]+(?:[A-Z][a-z]+)*)$/.test(written)
}

/** Letters of another script, and too few plain ones to be a key with a note pasted along. */
function isForeignProse(bare: string): boolean {
  if (!/[^\p{ASCII}]/u.test(bare) || !/(?!\p{ASCII})\p{L}/u.test(bare)) return false
  const plain = bare.replace(/[^A-Za-z0-9]/g, '')
  return plain.length < 16 || !/\d/.test(plain)
}

/** At least three rounds of at most eight characters; chance makes this of no random key. */
function isPeriodic(body: string): boolean {
  for (let period = 1; period <= Math.min(8, body.length / 3); period += 1) {
    const unit = body.slice(0, period)
    if (unit.repeat(Math.ceil(body.length / period)).slice(0, body.length) === body) {
      return body.length >= Math.max(4, period * 3)
    }
  }
  return false
}

/** At least three of four neighbours follow each other (9 and f are followed by 0 or a, too). */
function isSequence(body: string): boolean {
  let steps = 0
  for (let index = 1; index < body.length; index += 1) {
    const last = alphabet.indexOf(body[index - 1] ?? '')
    const next = alphabet.indexOf(body[index] ?? '')
    if (last < 0 || next < 0) continue
    if (next === last + 1 || (next === 0 && (last === 9 || last === 15))) steps += 1
  }
  return steps >= 0.75 * (body.length - 1)
}
