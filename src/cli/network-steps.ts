import { type Answer, ask, type Reply } from './ask'
import { judgeReply } from './judge-reply'
import { type Question, reasonNotToSend } from './question'
import { runStep, type StepResult, skippedStep } from './step'

/**
 * Deadlines in milliseconds. The resolver's comes before all others; together with the longest of
 * the rest, and the grace that a step gets, a run stays under 20 s. A question may take longer than
 * the 10 s after which fetch itself gives up connecting, so that its own error is seen.
 */
export const DEADLINE_MS = { resolve: 4_000, connect: 8_000, ask: 12_000 } as const

/** A step that asked something, with the reply. */
export interface AskedStep extends StepResult {
  reply?: Reply
}

/** Asks one question, unless the key must not go there. */
export async function askStep(name: string, question: Question): Promise<AskedStep> {
  const reason = reasonNotToSend(question.baseURL, question.key)
  if (reason !== undefined) return skippedStep(name, reason)
  let reply: Reply | undefined
  const result = await runStep(name, DEADLINE_MS.ask, async (signal) => {
    reply = await ask(question.url, question.key, signal)
    return judgeReply(question, reply)
  })
  return reply === undefined ? result : { ...result, reply }
}

/** The answers among replies. */
export function answersOf(steps: readonly AskedStep[]): Answer[] {
  return steps.flatMap(({ reply }) => (reply && 'answer' in reply ? [reply.answer] : []))
}
