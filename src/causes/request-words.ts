import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['account' | 'request'][number]

/** The key is good: it is the money, or the request. */
export const requestWords: Record<Causes, CauseWords> = {
  'balance-exhausted': {
    title: 'The account has no balance left; the key is good.',
    meaning: 'DeepSeek knows the key and refuses to work on credit.',
    see: '402 `Insufficient Balance`',
    fix: { text: 'Top up the account at https://platform.deepseek.com/top_up.' },
    proof: '402 needs a known account, so the key was accepted.',
  },
  'balance-limits-concurrency': {
    title: 'The balance is so low that DeepSeek allows fewer calls at once.',
    meaning: 'The concurrency limit shrinks with the balance; this is money, not speed.',
    see: '429 `… concurrency limit … based on your remaining balance`',
    fix: { text: 'Top up the account at https://platform.deepseek.com/top_up.' },
    proof: 'The 429 names the remaining balance.',
    retryable: true,
  },
  'model-unavailable': {
    title: 'DeepSeek does not offer this model name; the key is good.',
    meaning: "The name is retired, misspelt or another vendor's.",
    see: '400 `The supported API model names are … but you passed …` or `Model Not Exist`',
    fix: {
      text: 'Set the model to deepseek-flash or deepseek-v4-pro.',
      command: 'curl -H "Authorization: Bearer $DEEPSEEK_API_KEY" https://api.deepseek.com/models',
    },
    proof: 'The answer lists the names that it accepts; it does so only after accepting the key.',
  },
  'request-invalid': {
    title: 'DeepSeek refused the request itself, not the key.',
    meaning: 'A field, the content type or the size of the request is wrong.',
    see: '400, 413, 415 or 422 with a text about the body',
    fix: { text: 'Correct the request; a new key will not help.' },
    proof: 'The status and the text are about the request.',
  },
  'balance-low': {
    title: 'The balance will not last much longer.',
    meaning: 'At the present rate the account runs out within `account.warnHours`.',
    see: 'Nothing yet: this is a warning before the first 402',
    fix: { text: 'Top up the account at https://platform.deepseek.com/top_up before it runs out.' },
    proof: 'The balance that the probe reads, and how fast it has been falling.',
  },
  'quota-exhausted': {
    title: "The vendor's or gateway's own quota or credit is used up.",
    meaning: 'Whoever stands between you and DeepSeek wants money or a larger quota.',
    see: 'A text about credit, quota or billing from a host that is not DeepSeek',
    fix: { text: 'Top up or raise the quota at the vendor or gateway that the base URL names.' },
    proof: "The wording is that vendor's, and DeepSeek did not answer.",
  },
  'spending-unexplained': {
    title: 'The balance falls faster than the calls of this service explain.',
    meaning: 'Somebody else may be spending with a key of this account.',
    see: 'A falling balance, and fewer tokens used than it pays for',
    fix: {
      text: 'Revoke keys that you do not know at https://platform.deepseek.com/api_keys.',
    },
    proof: 'The fall of the balance against own usage times price, over 15 minutes.',
  },
  'reasoning-not-returned': {
    title: 'The thinking mode wants the `reasoning_content` of the last turn back.',
    meaning: 'After a tool call the assistant message must carry its `reasoning_content` again.',
    see: '400 `reasoning_content … must be passed back`',
    fix: {
      text: 'Send `reasoning_content` of the assistant message back with its tool results.',
    },
    proof: 'The text names the field.',
  },
  'thinking-mode-conflict': {
    title: 'The request has a parameter that the thinking mode does not take.',
    meaning: 'Some parameters work only while thinking is switched off.',
    see: '400 `Thinking mode does not support …`',
    fix: { text: 'Remove the parameter that the text names, or switch the thinking mode off.' },
    proof: 'The text names the thinking mode.',
  },
  'context-too-long': {
    title: 'The conversation is longer than the model can read.',
    meaning: 'Messages and the room asked for the answer exceed the context window together.',
    see: '400 `maximum context length`',
    fix: { text: 'Shorten the messages, or lower `max_tokens`.' },
    proof: 'The text names the limit.',
  },
  'content-refused': {
    title: 'The content filter refused the text.',
    meaning: 'The input or the answer was judged to be risky; the key is good.',
    see: '400 `Content Exists Risk`, or `finish_reason: content_filter`',
    fix: { text: 'Change the text; do not retry it unchanged, and a new key will not help.' },
    proof: 'The text or the finish reason says so.',
  },
  'message-format-unsupported': {
    title: 'The request has a role, part or format that is not known there.',
    meaning: 'The API accepts a fixed list of roles, message parts and response formats.',
    see: '400 or 422 `unknown variant … expected one of …`',
    fix: { text: 'Use one of the values that the text lists.' },
    proof: 'The text names the value and lists what is accepted.',
  },
}
