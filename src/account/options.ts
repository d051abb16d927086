import * as z from 'zod/mini'
import { optionsOf, optionThat } from '../config/option-shape'
import { deepseekPrices, type PriceTable } from '../provider/prices'
import type { AccountRules } from './account'

/** How the account is watched. Nothing of it costs an upstream call. */
export interface AccountOptions {
  /** Amounts by currency, such as `{ CNY: 50 }`: below one, cause `balance-low`. Default: none. */
  lowBalance?: Record<string, number> | undefined
  /** Less runway than this is `balance-low`. Hours, default 24; 0 switches it off. */
  warnHours?: number | undefined
  /**
   * True: only calls through this guard spend the account, so what they do not explain is an alarm,
   * `spending-unexplained`. Default `false`.
   */
  exclusive?: boolean | undefined
  /** Default `deepseekPrices`; spread it to change a price. */
  prices?: PriceTable | undefined
}

function isAmounts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(
    ([currency, amount]) => /^[A-Z]{3}$/.test(currency) && Number.isFinite(amount) && amount >= 0,
  )
}

function isTable(value: unknown): boolean {
  const { models, peak } = (value ?? {}) as Partial<PriceTable>
  const { factor, days, hoursUTC, holidays } = peak ?? {}
  return (
    typeof models === 'object' &&
    models !== null &&
    Object.values(models).every((prices) => typeof prices === 'object' && prices !== null) &&
    typeof factor === 'number' &&
    [days, hoursUTC, holidays].every(Array.isArray)
  )
}

/** `account` as part of the guard's options. @internal */
export const accountSchema = optionsOf({
  lowBalance: optionThat<Record<string, number>>(
    isAmounts,
    'amounts by currency, such as { CNY: 50 }',
  ),
  warnHours: z.optional(z.number().check(z.minimum(0))),
  exclusive: z.optional(z.boolean()),
  prices: optionThat<PriceTable>(isTable, 'a table of the form of deepseekPrices'),
})

/**
 * Puts the defaults into options that were checked already. `ownHost`: calls go to DeepSeek itself,
 * so its prices hold; what a gateway takes is its own affair, and no price is guessed.
 */
export function fillAccountOptions(
  { lowBalance, warnHours = 24, exclusive = false, prices }: AccountOptions,
  ownHost: boolean,
): AccountRules {
  const table = prices ?? (ownHost ? deepseekPrices : { ...deepseekPrices, models: {} })
  return { lowBalance: { ...lowBalance }, warnHours, exclusive, prices: table }
}
