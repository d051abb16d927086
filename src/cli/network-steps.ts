import { type Answer, ask, type Reply } from './ask'
import { judgeReply } from './judge-reply'
import { type Question, reasonNotToSend } from './question'
import { runStep, type StepResult, skippedStep } from './step'

/**
 * Deadlines in milliseconds. Resolving comes before all else and outlasts one dead name server
 * (5 s); a question outlasts fetch's own patience for a connection (10 s), so that its error is
 * seen. Both together, with the grace that a step gets, stay under 20 s.
 */
export const DEADLINE_MS = { resolve: 6_000, connect: 8_000, ask: 11_000 } as const

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
