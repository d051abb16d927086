import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers'
import type { Answer } from './answer'

/**
 * Turns of the event loop until a hang-up that came while the process was blocked is known: one
 * reads the request, the next the end of the stream, the third closes the response. Measured with
 * 20 probes given up during a block of 500 ms: with two turns none was seen, with three all.
 */
const TURNS = 3

/** Half the shortest deadline of a kubelet: a loop that turned this lately made nobody give up. */
const FRESH_MS = 500

/** Lets answers leave, and counts the clients that had given up by then. */
export interface AbortCounter {
  /**
   * True when the answer may leave at once: its client has had an answer on this connection
   * before, and this process cannot have been blocked since. A load of probes is nearly all such.
   */
  mayLeave(res: ServerResponse): boolean
  /**
   * Calls `deliver` as soon as a client that has given up is known, within microseconds on an idle
   * process; it may be called for a response that is closed by then. `sent` is true when the
   * answer has left already, because the client had closed its side of the connection.
   */
  release(res: ServerResponse, answer: Answer, deliver: (sent: boolean) => void): void
}

/**
 * Writes the answer, once.
 *
 * @param packets Two: the first one makes the kernel find out whether the other side is only half
 *   closed, and gets its answer, or gone, which the second one then fails on.
 */
export function sendAnswer(answer: Answer, res: ServerResponse, packets: 1 | 2 = 1): void {
  if (res.headersSent) return
  const { headers, body } = answer
  res.writeHead(answer.status, { ...headers, 'content-length': Buffer.byteLength(body) })
  if (packets === 2) res.flushHeaders()
  res.end(res.req?.method === 'HEAD' ? undefined : body)
}

/** Whose answer waits, and what becomes of it. */
interface Waiting {
  res: ServerResponse
  answer: Answer
  deliver: (sent: boolean) => void
  aborted: () => void
}

/**
 * Delivers when told to, or as soon as the client ends its side: then before Node itself closes
 * the connection for it. Counts a client that was gone by then, once.
 */
function watch({ res, answer, deliver, aborted }: Waiting): () => void {
  const { req, socket } = res
  let isOut = false
  const leave = (sent: boolean): void => {
    if (isOut) return
    isOut = true
    socket?.removeListener('end', early)
    deliver(sent)
  }
  const early = (): void => {
    res.removeListener('close', unanswered)
    socket?.once('close', (failed) => failed && aborted())
    sendAnswer(answer, res, 2)
    leave(true)
  }
  const unanswered = (): void => {
    if (!res.writableFinished) aborted()
  }
  res.once('close', unanswered)
  // HTTP/2 gives no socket to listen at.
  if (req !== undefined && req.httpVersionMajor < 2) socket?.prependListener('end', early)
  return () => leave(false)
}

/** `elapsed` is the monotonic clock; `aborted` is called once for each client that gave up. */
export function createAbortCounter(elapsed: () => number, aborted: () => void): AbortCounter {
  const known = new WeakSet<Socket>()
  let waiting = 0
  let turnedAt = Number.NEGATIVE_INFINITY

  // A chain for each answer: one that all share would give the later ones fewer turns.
  const turn = (left: number, leave: () => void): void => {
    if (left > 0) {
      setImmediate(() => turn(left - 1, leave))
      return
    }
    waiting--
    turnedAt = elapsed()
    leave()
  }

  return {
    mayLeave({ socket }) {
      if (socket === null || !known.has(socket) || waiting > 0) return false
      const now = elapsed()
      const fresh = now - turnedAt < FRESH_MS
      if (fresh) turnedAt = now
      return fresh
    },
    release(res, answer, deliver) {
      const { socket } = res
      const leave = watch({ res, answer, deliver, aborted })
      if (!socket) {
        leave()
        return
      }
      known.add(socket)
      waiting++
      turn(TURNS, leave)
    },
  }
}
