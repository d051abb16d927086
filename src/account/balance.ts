/** One row of `/user/balance`; amounts in micro-units of the currency. */
export interface BalanceRow {
  readonly currency: string
  readonly total: number
  readonly granted?: number
  readonly toppedUp?: number
}

/** What `/user/balance` said. */
export interface Balance {
  /** False: calls will be refused. */
  readonly available?: boolean
  readonly rows: readonly BalanceRow[]
}

/** Whole micro-units: DeepSeek gives two digits, and sums of them must not drift as floats do. */
export const MICRO = 1_000_000

const AMOUNT = /^(-?)(\d{1,9})(?:\.(\d+))?$/

/** Two are known, CNY and USD; more than a handful is not DeepSeek's answer. */
const MOST_ROWS = 8

/** Reads a decimal string as micro-units; undefined for anything else. */
export function toMicros(amount: unknown): number | undefined {
  const text = typeof amount === 'number' ? String(amount) : amount
  const [, sign, whole, fraction = ''] = (typeof text === 'string' && AMOUNT.exec(text)) || []
  if (whole === undefined) return undefined
  const micros = Number(whole) * MICRO + Number(fraction.slice(0, 6).padEnd(6, '0'))
  return sign === '-' && micros > 0 ? -micros : micros
}

/** Micro-units as the number that people read. */
export function fromMicros(micros: number): number {
  return Math.round(micros) / MICRO
}

/** The rows as a sentence's end: `CNY 110.00 (granted 10.00), USD 0.00`; empty without rows. */
export function balanceText({ rows }: Balance): string {
  const amount = (micros: number): string => fromMicros(micros).toFixed(2)
  const texts = rows.map(({ currency, total, granted = 0 }) => {
    const gift = granted > 0 ? ` (granted ${amount(granted)})` : ''
    return `${currency} ${amount(total)}${gift}`
  })
  return texts.join(', ')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function readRow(value: unknown): BalanceRow | undefined {
  if (!isRecord(value)) return undefined
  const { currency } = value
  const total = toMicros(value.total_balance)
  // The name goes into labels and texts, so nothing but a currency's is taken.
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return undefined
  if (total === undefined) return undefined
  const granted = toMicros(value.granted_balance)
  const toppedUp = toMicros(value.topped_up_balance)
  return {
    currency,
    total,
    ...(granted !== undefined && { granted }),
    ...(toppedUp !== undefined && { toppedUp }),
  }
}

/**
 * Reads the body of `/user/balance`. Every field is optional in DeepSeek's schema, amounts are
 * strings, and two currencies can come; a row that cannot be read is left out.
 *
 * @returns `undefined` when the body is not one of DeepSeek's.
 */
export function readBalances(body: unknown): Balance | undefined {
  if (!isRecord(body)) return undefined
  const { is_available: available, balance_infos: infos } = body
  if (typeof available !== 'boolean' && !Array.isArray(infos)) return undefined
  const rows = new Map<string, BalanceRow>()
  for (const info of Array.isArray(infos) ? infos.slice(0, MOST_ROWS) : []) {
    const row = readRow(info)
    if (row && !rows.has(row.currency)) rows.set(row.currency, row)
  }
  return { ...(typeof available === 'boolean' && { available }), rows: [...rows.values()] }
}
