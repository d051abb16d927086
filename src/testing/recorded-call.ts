import type { IncomingHttpHeaders } from 'node:http'
import type { Account } from './account'
import type { Credential } from './authorize'

/** One request that reached the fake. */
export interface RecordedCall {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  /** Status sent; 0 while unanswered, and for good after `hang` and `reset`. */
  status: number
  /** In which form the credential came. */
  readonly authorization: Credential['form']
  /** What the provider thought of the key: `none` when there was none to look at. */
  readonly key: 'valid' | 'revoked' | 'unknown' | 'none'
  /** Which of the fake's keys it was: 1 for `fake.key`, 2 for the first `issueKey()`, … */
  readonly keyNumber: number | undefined
  /** As sent, credential included; left out when the call is printed or serialised. */
  readonly headers: IncomingHttpHeaders
  /** As sent, once it has arrived; left out when the call is printed or serialised. */
  body: string
}

function judge(key: string | undefined, account: Account): RecordedCall['key'] {
  if (key === undefined) return 'none'
  const good = account.keys.get(key)
  if (good === undefined) return 'unknown'
  return good ? 'valid' : 'revoked'
}

/** Records a request so that assertions can read everything, and printing gives away no key. */
export function recordCall(
  request: { method: string; path: string; headers: IncomingHttpHeaders },
  credential: Credential,
  account: Account,
): RecordedCall {
  const key = 'key' in credential ? credential.key : undefined
  const index = key === undefined ? -1 : [...account.keys.keys()].indexOf(key)
  const call = {
    method: request.method,
    path: request.path,
    status: 0,
    authorization: credential.form,
    key: judge(key, account),
    keyNumber: index < 0 ? undefined : index + 1,
  }
  Object.defineProperty(call, 'headers', { value: request.headers })
  Object.defineProperty(call, 'body', { value: '', writable: true })
  return call as RecordedCall
}
