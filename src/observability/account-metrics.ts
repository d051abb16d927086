import type { Counter, Gauge, Registry } from 'prom-client'
import { systemClock } from '../clock'
import { currencyLabel, type Measurement } from './measurement'

/** The metrics of the account. */
export interface AccountInstruments {
  balance: Gauge<'currency'>
  runway: Gauge
  tokens: Counter<'kind'>
  peakPrice: Gauge
  /** Whether prices are at their peak at a time; undefined before a guard watches an account. */
  isPeak: ((at: number) => boolean) | undefined
}

type Of<Kind extends Measurement['kind']> = Extract<Measurement, { kind: Kind }>

/** `reasoning` is a part of `output`; the three others make up what is paid for. */
const kinds = ['cache_hit', 'cache_miss', 'output', 'reasoning'] as const

export function accountInstruments(
  { Counter, Gauge }: Pick<typeof import('prom-client'), 'Counter' | 'Gauge'>,
  registers: Registry[],
): AccountInstruments {
  // Every process reads the one account: merged figures must not add up.
  const common = { aggregator: 'max' as const, registers }
  const instruments: AccountInstruments = {
    balance: new Gauge({
      ...common,
      name: 'deepseek_guard_balance',
      help: 'Balance of the DeepSeek account by currency, as the newest probe read it.',
      labelNames: ['currency'],
    }),
    runway: new Gauge({
      ...common,
      name: 'deepseek_guard_balance_runway_hours',
      help: 'Hours until the balance is gone, by what the same hours of last week cost.',
    }),
    tokens: new Counter({
      name: 'deepseek_guard_tokens_total',
      help: 'Tokens of answers by kind; reasoning is a part of output.',
      labelNames: ['kind'],
      registers,
    }),
    peakPrice: new Gauge({
      ...common,
      name: 'deepseek_guard_peak_price',
      help: '1 while prices are at their peak, else 0.',
      collect() {
        if (instruments.isPeak === undefined) this.remove()
        else this.set(instruments.isPeak(systemClock.now()) ? 1 : 0)
      },
    }),
    isPeak: undefined,
  }
  // A runway of 0 would read as the end of the money before anything is known.
  instruments.runway.remove()
  for (const kind of kinds) instruments.tokens.inc({ kind }, 0)
  return instruments
}

export function recordAccount(
  to: AccountInstruments,
  measured: Of<'account'> | Of<'usage'> | Of<'prices'>,
): void {
  if (measured.kind === 'prices') {
    to.isPeak = measured.isPeak
  } else if (measured.kind === 'usage') {
    const { cacheHit, cacheMiss, output, reasoning } = measured
    const counts = [cacheHit, cacheMiss, output, reasoning]
    kinds.forEach((kind, index) => {
      to.tokens.inc({ kind }, counts[index] ?? 0)
    })
  } else {
    to.balance.reset()
    for (const { currency, total } of measured.balances) {
      to.balance.set({ currency: currencyLabel(currency) }, total)
    }
    if (measured.runwayHours === undefined) to.runway.remove()
    else to.runway.set(measured.runwayHours)
  }
}
