import * as z from 'zod/mini'
import { optionsOf, optionThat, parseOptions, wholeNumber } from '../config/option-shape'

/** How calls leave: transport, further origins, limits. Every field is optional. */
export interface OutboundOptions {
  /** Transport below the wrapper. Default: the global `fetch`, looked up at every call. */
  fetch?: typeof fetch | undefined
  /**
   * Further exact origins (`https://gateway.example`) that may receive the credential. A plain-http
   * origin other than loopback gets it only when it is listed here. Default: none.
   */
  origins?: string[] | undefined
  /**
   * Streamed request bodies up to this many bytes are kept so that a 401 can be replayed; longer
   * ones are sent once. Default 1,048,576 (1 MiB).
   */
  maxReplayBytes?: number | undefined
  /** Deadline of one credential refresh, in milliseconds. Default 10,000. */
  refreshTimeoutMs?: number | undefined
  /**
   * What happens to an `Authorization` or `x-api-key` that the caller sent. `keep` sends it as it
   * is and neither refreshes nor judges it. Default `replace`.
   */
  callerAuthorization?: 'replace' | 'keep' | undefined
  /**
   * The body of a completion that holds no content for so long is `stream-stalled`, in
   * milliseconds; comments and blank lines are no content. Default 60,000.
   */
  stallMs?: number | undefined
  /**
   * True: the body of a stalled completion errors with a `TimeoutError`. False: it may go on, or
   * hang. Default false.
   */
  abortStalled?: boolean | undefined
}

/**
 * The options with every default filled in; `fetch` stays absent when the global one is meant, and
 * `origins` when the environment has the say.
 */
export interface ResolvedOutboundOptions {
  readonly fetch: typeof fetch | undefined
  readonly origins: readonly string[] | undefined
  readonly maxReplayBytes: number
  readonly refreshTimeoutMs: number
  readonly callerAuthorization: 'replace' | 'keep'
  readonly stallMs: number
  readonly abortStalled: boolean
}

/** `https://gateway.example`, with or without the last slash; undefined for anything longer. */
function exactOrigin(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined
  const { protocol, origin, href } = new URL(value)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  return isWeb && href === `${origin}/` ? origin : undefined
}

const isExact = (value: string): boolean => exactOrigin(value) !== undefined

const origin = z
  .string()
  .check(z.refine(isExact, 'an exact origin such as https://gateway.example'))

/** `outbound` as part of the guard's options. @internal */
export const outboundSchema = optionsOf({
  fetch: optionThat<typeof fetch>(
    (value) => typeof value === 'function',
    'a function that does what fetch does',
  ),
  origins: z.optional(z.array(origin)),
  maxReplayBytes: wholeNumber(0),
  refreshTimeoutMs: wholeNumber(),
  callerAuthorization: z.optional(z.enum(['replace', 'keep'])),
  stallMs: wholeNumber(),
  abortStalled: z.optional(z.boolean()),
})

/**
 * Fills in the defaults of options that were checked already. Where none were given they have no
 * prototype, so that what somebody put on `Object.prototype` is no option.
 */
export function fillOutboundOptions(
  read: OutboundOptions = Object.create(null),
): ResolvedOutboundOptions {
  return {
    fetch: read.fetch,
    origins: read.origins?.map((each) => exactOrigin(each) ?? each),
    maxReplayBytes: read.maxReplayBytes ?? 1_048_576,
    refreshTimeoutMs: read.refreshTimeoutMs ?? 10_000,
    callerAuthorization: read.callerAuthorization ?? 'replace',
    stallMs: read.stallMs ?? 60_000,
    abortStalled: read.abortStalled ?? false,
  }
}

/**
 * Checks the options and fills in the defaults. The caller's object is read once and never written
 * to.
 *
 * @throws TypeError when an option is misspelt or has the wrong type.
 */
export function resolveOutboundOptions(options?: OutboundOptions): ResolvedOutboundOptions {
  return fillOutboundOptions(parseOptions<OutboundOptions>(outboundSchema, options, 'outbound'))
}
