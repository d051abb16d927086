import { readSmallFile } from '../config/read-file'
import { TokenError } from '../errors'
import { readTokenText } from './token-text'

/** The machine's trouble of the moment: the same file may be read in a second. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'ENOMEM', 'ESTALE'])

/** Nothing there, or nothing in it: as a replaced or rewritten file is for a moment. */
export class GapError extends TokenError {}

/**
 * The key in a file, without edge whitespace and BOM. Takes bounded time, whatever the path names.
 * @throws TokenError that says what is wrong with the file; permanent unless the machine is busy.
 */
export function readKeyFile(path: string): string {
  const reading = readSmallFile(path)
  if (!reading.ok) {
    const Kind = reading.code === 'ENOENT' ? GapError : TokenError
    const message = `The key file ${path} cannot be read: ${reading.what}.`
    throw new Kind(message, { permanent: !PASSING.has(reading.code) })
  }
  const content = reading.bytes.toString('utf8')
  reading.bytes.fill(0)
  if (content.trim() === '')
    throw new GapError(`The key file ${path} is empty.`, { permanent: true })
  const text = readTokenText(content)
  if (typeof text === 'string') return text
  throw new TokenError(`The key file ${path} ${text.problem}.`, { permanent: true })
}
