import { randomBytes } from 'node:crypto'

/** What the fake's provider knows: keys, money, models. */
export interface Account {
  /** Every key ever issued, in order; the value says whether it is still good. */
  keys: Map<string, boolean>
  balanceAvailable: boolean
  models: string[]
}

/** What DeepSeek listed in November 2026. */
export const DEFAULT_MODELS = ['deepseek-flash', 'deepseek-v4-pro']

/** Retired names that are still accepted, and billed as Flash, though `/models` hides them. */
const FLASH_ALIASES = ['deepseek-v4-flash', 'deepseek-v4-flash-vision-exp']

/** A key of the shape that all genuine ones have: `sk-` and 32 lower-case hex digits. */
export function newKey(): string {
  return `sk-${randomBytes(16).toString('hex')}`
}

/** True for the listed names and for the aliases of a listed Flash. */
export function servesModel(account: Account, model: string): boolean {
  if (account.models.includes(model)) return true
  return FLASH_ALIASES.includes(model) && account.models.includes('deepseek-flash')
}

/** `/anthropic` maps Claude names silently: Opus to Pro, the others to Flash. */
export function modelBehindClaude(model: string): string {
  if (!model.startsWith('claude')) return model
  return model.startsWith('claude-opus') ? 'deepseek-v4-pro' : 'deepseek-flash'
}

/** Body of `GET /models`. */
export function modelList(account: Account): object {
  const data = account.models.map((id) => ({ id, object: 'model', owned_by: 'deepseek' }))
  return { object: 'list', data }
}

/** Body of `GET /user/balance`: amounts are strings, and live answers can carry two rows. */
export function balance(account: Account): object {
  const row = (currency: string, total: string) => ({
    currency,
    total_balance: total,
    granted_balance: '0.00',
    topped_up_balance: total,
  })
  const infos = [row('CNY', account.balanceAvailable ? '110.00' : '0.00'), row('USD', '0.00')]
  return { is_available: account.balanceAvailable, balance_infos: infos }
}
