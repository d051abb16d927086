import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** A key has 35 bytes, a settings file some thousand; what is larger was not meant. */
export const LARGEST = 64 * 1024

/** A small file, or why it could not be read. */
export type FileReading =
  | { readonly ok: true; readonly bytes: Buffer; readonly mode: number }
  | { readonly ok: false; readonly code: string; readonly what: string }

/** System errors in words that help at night. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is a file, not a directory',
  ELOOP: 'its symbolic links go in a circle',
  ENAMETOOLONG: 'the path is too long',
  ENXIO: 'it is a socket or a pipe, not a file',
}

/**
 * Reads a regular file of at most 64 KiB, in bounded time: a directory, a pipe that nobody writes
 * to, a device or a circle of links is an answer, not a wait. Never throws.
 */
export function readSmallFile(path: string): FileReading {
  let descriptor: number | undefined
  try {
    // Without O_NONBLOCK, opening a pipe waits for a writer.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stat = fstatSync(descriptor)
    if (stat.isDirectory()) return refused('EISDIR', 'it is a directory')
    if (!stat.isFile()) return refused('ENXIO', 'it is a pipe, socket or device, not a file')
    if (stat.size > LARGEST) return refused('EFBIG', 'it is larger than 64 KiB')
    return { ok: true, bytes: readAll(descriptor), mode: stat.mode }
  } catch (error) {
    const code = codeOf(error)
    return refused(code, reasons[code] ?? `the system answered ${code}`)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function readAll(descriptor: number): Buffer {
  const buffer = Buffer.alloc(LARGEST)
  let filled = 0
  for (;;) {
    const read = readSync(descriptor, buffer, filled, LARGEST - filled, null)
    filled += read
    if (read === 0 || filled === LARGEST) return buffer.subarray(0, filled)
  }
}

function refused(code: string, what: string): FileReading {
  return { ok: false, code, what }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'an unknown error'
}
