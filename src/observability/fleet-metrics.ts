import type { Gauge, Registry } from 'prom-client'
import type { Measurement } from './measurement'

/** The metrics of the fleet: what its rows say, as `deepseek-guard fleet` prints it. */
export interface FleetInstruments {
  instances: Gauge<'credential'>
  certified: Gauge
  olderUnused: Gauge
}

export function fleetInstruments(
  { Gauge }: Pick<typeof import('prom-client'), 'Gauge'>,
  registers: Registry[],
): FleetInstruments {
  // Every instance tells of the whole fleet: merged figures must not add up.
  const common = { aggregator: 'max' as const, registers }
  const instruments: FleetInstruments = {
    instances: new Gauge({
      ...common,
      name: 'deepseek_guard_fleet_instances',
      help: 'Live instances of the fleet by the credential in use: current (the newest) or other.',
      labelNames: ['credential'],
    }),
    certified: new Gauge({
      ...common,
      name: 'deepseek_guard_fleet_certified',
      help: '1 while every live instance uses one credential and has proved it: older may go.',
    }),
    olderUnused: new Gauge({
      ...common,
      name: 'deepseek_guard_fleet_older_unused_seconds',
      help: 'Time since any instance used an older credential, at the last look at the fleet.',
    }),
  }
  // Before the first look there is nothing to certify: 0 would read as an objection.
  for (const gauge of [instruments.certified, instruments.olderUnused]) gauge.remove()
  return instruments
}

export function recordFleet(
  to: FleetInstruments,
  fleet: Extract<Measurement, { kind: 'fleet' }>,
): void {
  to.instances.set({ credential: 'current' }, fleet.onCurrent)
  to.instances.set({ credential: 'other' }, fleet.onOther)
  to.certified.set(fleet.certified ? 1 : 0)
  if (fleet.olderUnusedMs === undefined) to.olderUnused.remove()
  else to.olderUnused.set(fleet.olderUnusedMs / 1_000)
}
