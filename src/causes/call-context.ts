import type { RequestFault } from '../provider/request-text'
import type { Vendor } from '../provider/vendor-table'

/** What a refusal is about, where the credential need not be at fault. */
export type Matter =
  | 'key'
  | 'model'
  | 'memory'
  | 'network'
  | 'permission'
  | 'region'
  | 'path'
  | 'unknown'

/**
 * What the words of a cause may name of one call. Everything here can be shown: names of hosts,
 * variables, models, fields and vendors; never a value or foreign text.
 */
export interface CallContext {
  /** Who answered, as a sentence begins: `DeepSeek`, `Ollama on 127.0.0.1:11434`, `The API`. */
  readonly who: string
  /** `near`: a server on this machine or in this network that is not known by name. */
  readonly kind: 'deepseek' | 'vendor' | 'gateway' | 'local' | 'near' | 'stranger' | 'nobody'
  /** All that is known about who answered. */
  readonly vendor: Vendor | undefined
  /** Where the configuration points: at DeepSeek, at a host chosen on purpose, or nobody said. */
  readonly aim: 'deepseek' | 'chosen' | 'unknown'
  /** Who was asked: `127.0.0.1:11434`, `api.siliconflow.cn`. */
  readonly host: string | undefined
  /** The configured address without its path: `http://192.168.1.20:8000`. */
  readonly origin: string | undefined
  /** The name behind a host, or the host itself; `that host` when nobody knows. */
  readonly hostName: string
  readonly status: number | undefined
  readonly matter: Matter
  readonly fault: RequestFault | undefined
  /** The request's field or parameter that the answer names. */
  readonly field: string | undefined
  /** Where in the request the fault is: `tools[43].function.name`. */
  readonly place: string | undefined
  /** The field that the answer misses. */
  readonly lacks: string | undefined
  /** The parameter that the answer wants instead. */
  readonly instead: string | undefined
  /** What a value has to be, as a sentence says it: `a number`. */
  readonly wantedType: string | undefined
  /** The answer tells of a character that was cut in two. */
  readonly isHalfCharacter: boolean
  /** Flags that a server of one's own has to be started with. */
  readonly flags: readonly string[]
  /** The offending value that the answer names, when it is a word of the protocol. */
  readonly value: string | undefined
  /** Values that the answer says it accepts. */
  readonly accepted: readonly string[]
  /** The limit that the answer gives, and what was wanted. */
  readonly numbers: { limit?: number; wanted?: number }
  /** The model that was asked for, and the variable that holds its name. */
  readonly model: { name?: string; variable?: string }
  /** The variable that holds the key that was sent; DEEPSEEK_API_KEY when none does. */
  readonly keyVariable: string
  /** Another variable whose value ends as the key ends that was seen. */
  readonly rivalVariable: string | undefined
  /** The answer proves that the key is good. */
  readonly isKeyGood: boolean
  /** The key held here has the shape of DeepSeek's. */
  readonly holdsDeepSeekKey: boolean
  /** A local address that was tried instead of the one that was asked: a proxy's. */
  readonly proxyHost: string | undefined
  /** A public address that was tried beside the one that is configured: a tokenizer's, say. */
  readonly sideHost: string | undefined
  /** A proxy variable that is set, and whether it names a SOCKS proxy. */
  readonly proxy: { name: string; isSocks: boolean } | undefined
  /** Wording that shows which program made the call. */
  readonly client: 'litellm' | 'openai' | 'anthropic' | 'browser' | undefined
  readonly isGithubActions: boolean
  /** What was called that DeepSeek does not have: `embeddings`. */
  readonly feature: string | undefined
  /** What is wrong with the path, as an order: `remove the second /v1`. */
  readonly pathCure: string | undefined
  /** Words of the answer: a limit by tokens, by the day, or of a free model. */
  readonly pace: 'tokens' | 'daily' | 'free' | 'upstream' | undefined
  /** DeepSeek's own words stood inside another's answer. */
  readonly isRelayed: boolean
  /** The guard's own placeholder was seen. */
  readonly isGuardPlaceholder: boolean
  /** The character that cannot be sent: `U+2014 (em dash)`. */
  readonly character: string | undefined
}

/** A call that DeepSeek refused, and nothing else is known: what the public table tells of. */
export const anyCall: CallContext = {
  who: 'DeepSeek',
  kind: 'deepseek',
  vendor: undefined,
  aim: 'unknown',
  host: undefined,
  origin: undefined,
  hostName: 'that host',
  status: undefined,
  matter: 'key',
  fault: undefined,
  field: undefined,
  place: undefined,
  lacks: undefined,
  instead: undefined,
  wantedType: undefined,
  isHalfCharacter: false,
  flags: [],
  value: undefined,
  accepted: [],
  numbers: {},
  model: {},
  keyVariable: 'DEEPSEEK_API_KEY',
  rivalVariable: undefined,
  isKeyGood: false,
  holdsDeepSeekKey: true,
  proxyHost: undefined,
  sideHost: undefined,
  proxy: undefined,
  client: undefined,
  isGithubActions: false,
  feature: undefined,
  pathCure: undefined,
  pace: undefined,
  isRelayed: false,
  isGuardPlaceholder: false,
  character: undefined,
}

/** `(https://…)`, or nothing when the page is not known. */
export function inBrackets(text: string | undefined): string {
  return text === undefined ? '' : ` (${text})`
}

/** `the API` and `the server` inside a sentence, names as they are. */
export function inside(who: string): string {
  return who.replace(/^The /, 'the ')
}

/** DeepSeek answered, or nothing says that somebody else did. */
export function isDeepSeeks({ kind }: CallContext): boolean {
  return kind === 'deepseek' || kind === 'nobody'
}
