/** Prints of values that were no strings; Helm and Go say `<nil>` and `<no value>`. */
const nullish = new Set(
  (
    'undefined null none nan nil nul void nullptr infinity false true undefinedundefined ' +
    'nullnull <nil> <null> (null) (none) ~ {} [] "" \'\''
  ).split(' '),
)
const printedObject = /^(?:<no value>|\[object \w+\]|promise \{.*\}|<\w+ object\b.*)$/i

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
const maskWord =
  /^[^A-Za-z0-9]*(?:redacted|masked|hidden|filtered|censored|obfuscated|sensitive)\b/i
const maskedInside = /^(?:sk-)?[0-9a-z]{1,8}([^0-9a-z\s])\1+[0-9a-z]{1,8}$|^sk-\w*\*\w*$/i
const maskedByX = /^(?:sk-[0-9a-wyz]{0,8}|[0-9a-wyz]{1,8})x{4,}[0-9a-wyz]{2,8}$/i

/** The print of a value that was no string. */
export function nullishIn(text: string): string | undefined {
  if (nullish.has(text.toLowerCase()) || printedObject.test(text)) {
    return 'the print of an absent or non-text value'
  }
  return printedFunction.test(text) ? 'the print of a function that was not called' : undefined
}

/** A file's name or an address, where the key itself belongs. */
export function pathIn(text: string): string | undefined {
  return pathForms.find(([pattern]) => pattern.test(text))?.[1]
}

/** The key as a console or a log shows it afterwards. */
export function maskIn(text: string): string | undefined {
  if (maskWord.test(text)) return 'the note of a tool that hides secrets'
  const found = mask.exec(text) ?? maskedInside.exec(text)
  if (found) return `position ${found.index + 1}: characters that stand for hidden ones`
  return maskedByX.test(text) ? 'a row of x between the first and last characters' : undefined
}
