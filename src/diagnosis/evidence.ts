/** What is known about a failed call. Every field may be absent; the more, the surer the answer. */
export interface Evidence {
  /** What this process holds. */
  configured?: {
    apiKey?: string
    baseURL?: string
    env?: Record<string, string | undefined>
    /** Variable names found in `.env` files, by file. */
    files?: { path: string; names: string[] }[]
  }
  /** The request as it was sent. */
  request?: { url?: string; method?: string; headers?: Record<string, string> }
  response?: {
    status: number
    statusText?: string
    headers?: Record<string, string>
    body?: string
    /** The URL that answered, after redirects. */
    url?: string
    redirected?: boolean
  }
  /** Epoch milliseconds of the answer, compared with its `Date` header and a JWT's `exp`. */
  at?: number
  /** Anything thrown: by fetch, undici, openai, ai, anthropic, langchain or axios. */
  error?: unknown
}
