import { randomBytes, randomUUID } from 'node:crypto'

/** One HTTP answer, ready to be sent by any stub server or mock. */
export interface Reply {
  status: number
  /** The reason phrase, where DeepSeek's differs from the usual one. */
  statusText?: string
  headers: Record<string, string>
  body: string
}

/** What every captured answer of api.deepseek.com carries, the failed ones included. */
export function deepSeekHeaders(): Record<string, string> {
  return {
    'x-ds-trace-id': randomBytes(16).toString('hex'),
    vary: 'origin, access-control-request-method, access-control-request-headers',
    'access-control-allow-credentials': 'true',
    'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
    'x-content-type-options': 'nosniff',
    server: 'elb',
    via: '1.1 f15e47a5cedac09f9bf0.cloudfront.net (CloudFront)',
  }
}

/** An answer with a JSON body. */
export function json(status: number, body: unknown): Reply {
  const headers = { ...deepSeekHeaders(), 'content-type': 'application/json' }
  return { status, headers, body: JSON.stringify(body) }
}

function failure(status: number, message: string, type: string, code = 'invalid_request_error') {
  return json(status, { error: { message, type, param: null, code } })
}

/** Both plain-text refusals come without a content type. */
function refusal(body: string): Reply {
  return { status: 401, statusText: 'Authorization Required', headers: deepSeekHeaders(), body }
}

function page(status: number, title: string, server: string): Reply {
  const body =
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${title}</h1></center>\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`
  return { status, headers: { 'content-type': 'text/html', server }, body }
}

/** 401 for a key that DeepSeek does not know; it repeats the key's last four characters. */
export function keyRejected(tail: string): Reply {
  const message = `Authentication Fails, Your api key: ****${tail} is invalid`
  return failure(401, `${message} (request_id: ${randomUUID()})`, 'authentication_error')
}

/** 400 for a model that is not served (any more). The key was accepted. */
export function unknownModel(model: string, supported: readonly string[]): Reply {
  const message =
    `The supported API model names are ${supported.join(', ')}, but you passed ${model}.` +
    ` (request_id: ${randomUUID()})`
  return failure(400, message, 'invalid_request_error')
}

/** 404 of the front door; not the OpenAI error shape. */
export function notFound(): Reply {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  return json(404, {
    event_id: `30-inst-128-${stamp}-${randomBytes(4).toString('hex')}`,
    error_msg: 'Not Found. Please check the configuration.',
  })
}

function plainText(status: number, body: string): Reply {
  const headers = { ...deepSeekHeaders(), 'content-type': 'text/plain; charset=utf-8' }
  return { status, headers, body }
}

/** 422: the JSON is well-formed, a field is missing or has the wrong type. */
export function undeserializable(detail: string): Reply {
  const problem = 'Failed to deserialize the JSON body into the target type'
  return plainText(422, `${problem}: ${detail}`)
}

/**
 * DeepSeek's answers by name, as `{ status, headers, body }`, for stubs of your own. Trace and
 * request ids are fresh each time a name is read, as on the wire.
 *
 * @example
 * nock('https://api.deepseek.com').get('/user/balance').reply(
 *   replies.governor.status, replies.governor.body, replies.governor.headers)
 */
export const replies = {
  /** 401, plain text: no `Authorization` header arrived. Sent before routing, on every path. */
  get governor(): Reply {
    return refusal('Authentication Fails (governor)')
  },
  /** 401, plain text: the header arrived, but not as `Bearer` and a value (mostly: empty key). */
  get headerFormat(): Reply {
    return refusal('Authentication Fails (auth header format should be Bearer sk-...)')
  },
  /** 401, JSON: the key is unknown; the message ends in its last four characters, here `0000`. */
  get keyRejected(): Reply {
    return keyRejected('0000')
  },
  /** 402: the key is good, the account has no money. */
  get insufficientBalance(): Reply {
    return failure(402, 'Insufficient Balance', 'unknown_error')
  },
  /** 400: the key is good, the model is not served; here `deepseek-chat`, off since July 2026. */
  get unknownModel(): Reply {
    return unknownModel('deepseek-chat', ['deepseek-flash', 'deepseek-v4-pro'])
  },
  /** 404: right host, wrong path. */
  get notFound(): Reply {
    return notFound()
  },
  /** 415, plain text: `Content-Type` is missing or doubled. */
  get unsupportedMediaType(): Reply {
    return plainText(415, 'Expected request with `Content-Type: application/json`')
  },
  /** 422, plain text: the body lacks a field. */
  get invalidRequest(): Reply {
    return undeserializable('missing field `messages` at line 1 column 2')
  },
  /** 429: too many requests at once. */
  get rateLimit(): Reply {
    return failure(429, 'Rate Limit Reached', 'rate_limit_error')
  },
  /** 429 that is about money: the concurrency limit shrinks with the balance. */
  get balanceLimit(): Reply {
    const message =
      'Too many requests. Your current concurrency is 26, which exceeds your concurrency limit ' +
      'of 25 based on your remaining balance. Please top up your balance to restore your ' +
      'concurrency.'
    return failure(429, message, 'rate_limit_error')
  },
  /** 500: the front door's own page. */
  get error(): Reply {
    const answer = page(500, '500 Internal Server Error', 'openresty')
    return { ...answer, headers: { ...deepSeekHeaders(), ...answer.headers } }
  },
  /** 503: overloaded. */
  get busy(): Reply {
    const message =
      'Service is too busy. We advise users to temporarily switch to alternative LLM API ' +
      'service providers.'
    return failure(503, message, 'service_unavailable_error', 'service_unavailable_error')
  },
  /** 401 that is not DeepSeek's: a proxy on the way asks for its own login, in HTML. */
  get htmlProxy(): Reply {
    const answer = page(401, '401 Authorization Required', 'nginx/1.24.0')
    const challenge = { 'www-authenticate': 'Basic realm="proxy"' }
    return { ...answer, headers: { ...answer.headers, ...challenge } }
  },
} as const
