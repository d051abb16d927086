import { API, KEYS_PAGE, PAY_PAGE } from '../provider/deepseek'
import { type CallContext, inBrackets } from './call-context'
import type { CauseWords, causesByGroup } from './cause'

type Causes = (typeof causesByGroup)['account'][number]

/** Money: the caller's own at DeepSeek, or somebody else's. */
export const accountWords: Record<Causes, CauseWords> = {
  'balance-exhausted': {
    title: (call) =>
      call.isKeyGood
        ? 'The DeepSeek account has no balance left; the key is good.'
        : 'The DeepSeek account behind the key has no balance left.',
    meaning: 'DeepSeek knows the key and refuses to work on credit.',
    see: '402 `Insufficient Balance`',
    fix: `Top up the DeepSeek account at ${PAY_PAGE}; a new key will not help.`,
    proof: '402 needs a known account, so the key was accepted.',
    general: { isKeyGood: true },
  },
  'balance-limits-concurrency': {
    title: 'The balance is so low that DeepSeek allows fewer calls at once.',
    meaning: 'The concurrency limit shrinks with the balance; this is money, not speed.',
    see: '429 `… concurrency limit … based on your remaining balance`',
    fix: `Top up the account at ${PAY_PAGE}.`,
    proof: 'The 429 names the remaining balance.',
    retryable: true,
  },
  'balance-low': {
    title: 'The balance will not last much longer.',
    meaning: 'At the present rate the account runs out within `account.warnHours`.',
    see: 'Nothing yet: this is a warning before the first 402',
    fix: `Top up the account at ${PAY_PAGE} before it runs out.`,
    proof: 'The balance that the probe reads, and how fast it has been falling.',
  },
  'quota-exhausted': {
    title: ({ isRelayed, hostName }) =>
      isRelayed
        ? `The account that ${hostName} has at DeepSeek is empty.`
        : `The money or quota at ${hostName} is used up.`,
    meaning: 'Whoever stands between you and DeepSeek wants money or a larger quota.',
    see: 'A text about credit, quota or billing from a host that is not DeepSeek',
    fix: quotaFix,
    proof: "The wording is that vendor's, and DeepSeek did not answer.",
    general: { hostName: 'the vendor or gateway that the base URL names' },
  },
  'spending-unexplained': {
    title: 'The balance falls faster than the calls of this service explain.',
    meaning: 'Somebody else may be spending with a key of this account.',
    see: 'A falling balance, and fewer tokens used than it pays for',
    fix: `Revoke keys that you do not know at ${KEYS_PAGE}.`,
    proof: 'The fall of the balance against own usage times price, over 15 minutes.',
  },
}

function quotaFix({ vendor, hostName, isRelayed, aim, field }: CallContext): string {
  if (aim === 'deepseek' && !isRelayed) {
    return (
      'Find the setting or the second client (embeddings, a fallback) that still calls ' +
      `${hostName}: the base URL ${API} is configured, but this call did not use it.`
    )
  }
  const less = field === 'max_tokens' ? ' It also asks for a lower `max_tokens`.' : ''
  return isRelayed
    ? `Tell the operator or support of ${hostName} that its own DeepSeek account has no balance, ` +
        'or switch to another model or provider until it has; paying DeepSeek yourself will not ' +
        'help.'
    : `Top up the account at ${hostName}${inBrackets(vendor?.pay)} or raise its quota, ` +
        `or use a model that it still covers.${less} A new key will not help.`
}
