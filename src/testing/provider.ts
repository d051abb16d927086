import type { IncomingHttpHeaders } from 'node:http'
import { type Account, balance, modelBehindClaude, modelList, servesModel } from './account'
import type { Credential } from './authorize'
import { chatCompletion, chatStream, type Prompt, type StreamedReply } from './completions'
import { anthropicMessage, anthropicStream } from './messages'
import { json, keyRejected, type Reply, replies, undeserializable, unknownModel } from './replies'

/** A request that has arrived completely. */
export interface ProviderRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
  credential: Credential
}

/** How the fake's model answers. */
export interface Model {
  answer: (lastMessage: string) => string
  keepAlives: number | undefined
  /** Why it stops, where that is not the usual reason. */
  finishReason?: string | undefined
}

type Answer = Reply | StreamedReply
type Route = (request: ProviderRequest, account: Account, model: Model) => Answer

interface CompletionBody {
  model: string
  messages: { content?: unknown }[]
  stream?: boolean
  stream_options?: { include_usage?: boolean } | null
}

const ROUTES: Record<string, Route> = {
  'GET /models': (_request, account) => json(200, modelList(account)),
  'GET /v1/models': (_request, account) => json(200, modelList(account)),
  'GET /user/balance': (_request, account) => json(200, balance(account)),
  'POST /chat/completions': chat,
  'POST /v1/chat/completions': chat,
  'POST /beta/chat/completions': chat,
  'POST /anthropic/v1/messages': messages,
}

/** Text of the last message, whether it is a string or a list of parts. */
function lastText(messages: { content?: unknown }[]): string {
  const content = messages.at(-1)?.content
  if (!Array.isArray(content)) return String(content ?? '')
  return content.map((part: { text?: string } | null) => part?.text ?? '').join('')
}

/** The parsed body, or the answer that refuses it. */
function parseBody(request: ProviderRequest): CompletionBody | Reply {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\s*(;[^,]*)?$/i.test(type)) return replies.unsupportedMediaType
  let body: unknown
  try {
    body = JSON.parse(request.body)
  } catch {
    return undeserializable(`expected value at line 1 column ${request.body.length}`)
  }
  const fields = Object(body) as Partial<CompletionBody>
  const at = `at line 1 column ${request.body.length}`
  if (typeof fields.model !== 'string') return undeserializable(`missing field \`model\` ${at}`)
  if (!Array.isArray(fields.messages)) return undeserializable(`missing field \`messages\` ${at}`)
  return fields as CompletionBody
}

function complete(
  request: ProviderRequest,
  account: Account,
  model: Model,
  answer: { whole: (prompt: Prompt) => Reply; streamed: (prompt: Prompt) => StreamedReply },
  served: (name: string) => string,
): Answer {
  const body = parseBody(request)
  if ('status' in body) return body
  const name = served(body.model)
  if (!servesModel(account, name)) return unknownModel(body.model, account.models)
  if (!account.balanceAvailable) return replies.insufficientBalance
  const text = lastText(body.messages)
  const prompt: Prompt = {
    model: name,
    answer: model.answer(text),
    promptTokens: Math.max(1, Math.ceil(text.length / 4)),
    includeUsage: body.stream_options?.include_usage === true,
    keepAlives: model.keepAlives,
    finishReason: model.finishReason,
  }
  return body.stream === true ? answer.streamed(prompt) : answer.whole(prompt)
}

function chat(request: ProviderRequest, account: Account, model: Model): Answer {
  const answer = { whole: chatCompletion, streamed: chatStream }
  return complete(request, account, model, answer, (name) => name)
}

function messages(request: ProviderRequest, account: Account, model: Model): Answer {
  const answer = { whole: anthropicMessage, streamed: anthropicStream }
  return complete(request, account, model, answer, modelBehindClaude)
}

/** True for the paths where a model answers. */
export function isCompletion(method: string, path: string): boolean {
  return method === 'POST' && `${method} ${path}` in ROUTES
}

/** The governor stands before the routes, the key lookup behind them: as measured. */
export function provide(request: ProviderRequest, account: Account, model: Model): Answer {
  const { credential } = request
  if (credential.form === 'none') return replies.governor
  if (credential.form === 'malformed') return replies.headerFormat
  const route = ROUTES[`${request.method} ${request.path}`]
  if (route === undefined) return replies.notFound
  if (account.keys.get(credential.key) !== true) return keyRejected(credential.key.slice(-4))
  return route(request, account, model)
}
