// @ts-check
/** `curl 'localhost:3000/chat?message=Hello'` */
import OpenAI from 'openai'
import { deepseek } from '../../deepseek.js'

export const dynamic = 'force-dynamic'

/** @param {Request} request */
export async function GET(request) {
  const openai = new OpenAI(deepseek().client)
  const message = new URL(request.url).searchParams.get('message') ?? 'Hello'
  try {
    const completion = await openai.chat.completions.create({
      model: 'deepseek-flash',
      messages: [{ role: 'user', content: message }],
    })
    return Response.json({ answer: completion.choices[0]?.message.content })
  } catch (error) {
    // The visitor learns the cause; the log has the rest. No text of the upstream leaves.
    const { cause, title } = deepseek().diagnose(error)
    return Response.json({ cause, title }, { status: 502 })
  }
}
