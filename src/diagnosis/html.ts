/** How much of a page is read: what names a product stands in the head or in the first lines. */
const MAX_PAGE = 16 * 1024
const MAX_WORDS = 1024

/** True when a text is a web page rather than an API's answer. */
export function looksLikeHtml(body: string): boolean {
  const start = body.slice(0, 512).trimStart().toLowerCase()
  return /^(?:<!--|<\?xml|<!doctype\s|<html|<head|<body|<title|<h\d|<center|<script|<div)/.test(
    start,
  )
}

/**
 * The words of a page without tags, styles and scripts, in one pass. Written as a scan, because a
 * regular expression over ten megabytes of unclosed tags would not come back.
 */
export function htmlWords(page: string): string {
  const body = page.length > MAX_PAGE ? page.slice(0, MAX_PAGE) : page
  let words = ''
  let at = 0
  while (at < body.length && words.length < MAX_WORDS) {
    const open = body.indexOf('<', at)
    if (open < 0) return words + body.slice(at)
    words += `${body.slice(at, open)} `
    const skipped = skipElement(body, open)
    const close = body.indexOf('>', skipped)
    if (close < 0) return words
    at = close + 1
  }
  return words
}

/** The place behind the text of a style or script; else the place where the tag begins. */
function skipElement(body: string, open: number): number {
  const tag = body.slice(open + 1, open + 7).toLowerCase()
  const name = tag.startsWith('style') ? '</style' : tag === 'script' ? '</script' : undefined
  if (!name) return open
  const end = body.indexOf(name, open)
  return end < 0 ? body.length : end
}
