import type { HealthEvent } from '../../src/health/facts'
import { renderHealth } from '../../src/health/health-document'
import type { HealthHistory, PastOutcome } from '../../src/health/history'
import { renderPage } from '../../src/health/page'
import { bad, good, play, refused } from './state-kit'

const T0 = Date.parse('2026-11-23T03:00:00.000Z')

/** A past hour as a monitor would remember it: probes, live calls, a failure or two. */
export function pastOf(outcomes: number): HealthHistory {
  const past = Array.from({ length: outcomes }, (_, index): PastOutcome => {
    const live = index % 3 === 1
    const outcome = index % 18 === 9 ? 'ignored' : index > outcomes - 7 ? 'failure' : 'success'
    return {
      at: T0 - (outcomes - index) * 30_000,
      source: live ? 'passive' : index % 11 === 5 ? 'shared' : 'active',
      outcome,
      cause: outcome === 'failure' ? 'service-busy' : null,
      durationMs: 40 + ((index * 37) % 90),
    }
  })
  return {
    outcomes: past,
    transitions: [
      {
        at: T0 - 3_600_000,
        from: 'fail',
        to: 'pass',
        cause: null,
        decision: 'accepted:steady=pass',
      },
      {
        at: T0 - 90_000,
        from: 'pass',
        to: 'warn',
        cause: 'service-busy',
        decision: 'service:steady=warn',
      },
    ],
    abortedProbes: 2,
  }
}

export const stories: Record<string, HealthEvent[]> = {
  starting: [],
  pass: [good()],
  outage: [good(), ...Array(3).fill(bad('service-busy'))],
  network: [good(), ...Array(3).fill(bad('dns-failed'))],
  'bad-key': [good(), ...Array(3).fill(refused())],
  draining: [good(), { type: 'drain' }],
}

/** The page of a story that ended twelve minutes ago. */
export function pageOf(story: HealthEvent[], past = pastOf(60)): string {
  const from = { ...play([]), since: T0 - 720_000, startedAt: T0 - 3_600_000 }
  const state = play(story, undefined, from, T0 - 720_000)
  const drained = story.some(({ type }) => type === 'drain')
  const view = {
    state,
    nextProbeAt: drained ? null : T0 + 14_000,
    traffic: { ratio: 0.12, at: T0 - 4_000 },
    streams: { ratio: 0.01, at: T0 - 9_000 },
    epoch: 0,
  }
  const settings = { staleAfterMs: 3_600_000, worstCaseDetectionMs: 54_600 }
  return renderPage(renderHealth(view, settings, T0), past)
}
