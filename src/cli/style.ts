const wrap = (open: number, close: number) => (text: string, color: boolean) =>
  color ? `\u001b[${open}m${text}\u001b[${close}m` : text

/** Terminal styles; the text itself when colours are off. */
export const bold = wrap(1, 22)
export const dim = wrap(2, 22)
export const red = wrap(31, 39)
export const green = wrap(32, 39)
export const yellow = wrap(33, 39)
