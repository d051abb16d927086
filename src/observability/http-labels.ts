/** The methods that HTTP conventions list; any other word would be a label without bounds. */
const knownMethods = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
])

/** The name OpenTelemetry gives to every unlisted method. */
export const OTHER_METHOD = '_OTHER'

/** The method as a label from a closed list. */
export function methodLabel(method: string): string {
  return knownMethods.has(method) ? method : OTHER_METHOD
}

/** The status as a label; `none` when no answer came. */
export function codeLabel(status: number | undefined): string {
  if (status === undefined) return 'none'
  return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : 'other'
}
