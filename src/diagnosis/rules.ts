import { answeredByOther, answeredByStranger, webHost } from './rule-answerer'
import { echo } from './rule-echo'
import {
  baseUrlInvalid,
  hiddenRefusal,
  keyFileUnreadable,
  keyMissingInClient,
  unsendable,
} from './rule-local'
import { blocked, page, pageInsteadOfJson, proxyPage, redirect } from './rule-middlebox'
import { governor, headerForm, refused } from './rule-refused'
import { anyRefusal, balance, byStatus, model, requestRefused, wrongPath } from './rule-status'
import { clockTold, tokenTime } from './rule-token'
import { proxyLogin, proxyRefusedTunnel, transport } from './rule-transport'
import type { Rule } from './verdict'

/**
 * Every judgement, in the order in which causes beat each other: the first that speaks is right.
 * What a sender alone can say stands before what a status says, because a 401 with a page is a
 * proxy and a 400 may be a balance.
 */
export const rules: readonly (readonly [name: string, rule: Rule])[] = [
  // The request never left: the client says so itself.
  ['unsendable', unsendable],
  ['key file', keyFileUnreadable],
  ['base URL', baseUrlInvalid],
  ['hidden refusal', hiddenRefusal],
  ['key missing in the client', keyMissingInClient],

  // Nothing of the API's came back.
  ['proxy log-in', proxyLogin],
  ['tunnel refused', proxyRefusedTunnel],
  ['page instead of JSON', pageInsteadOfJson],
  ['transport', transport],

  // DeepSeek's own sentences, however wrapped. The body first: it may quote any of the others.
  ['request refused', requestRefused],
  ['model', model],
  ['balance', balance],
  ['governor', governor],
  ['header form', headerForm],
  ['echo', echo],
  ['web host', webHost],

  // Somebody else's answer.
  ['clock told', clockTold],
  ['filter or portal', proxyPage],
  ['block', blocked],
  ['other vendor or gateway', answeredByOther],
  ['token times', tokenTime],

  // What the status says.
  ['wrong path', wrongPath],
  ['refused', refused],
  ['page', page],
  ['redirect', redirect],
  ['stranger', answeredByStranger],
  ['status', byStatus],
  ['any refusal', anyRefusal],
]
