/** The settings that decide how fast a fault is noticed. Milliseconds. */
export interface DetectionSettings {
  intervalMs: number
  timeoutMs: number
  confirmDelayMs: number
  failureThreshold: number
}

/** Every planned wait is off by at most this share, so that a fleet does not ask in step. */
export const JITTER = 0.1

/** The re-check after the `failures`-th failure in a row: doubled each time. */
export function confirmDelay(settings: DetectionSettings, failures: number): number {
  const doubled = settings.confirmDelayMs * 2 ** Math.min(failures - 1, 20)
  return Math.max(settings.confirmDelayMs, Math.min(doubled, 4 * settings.intervalMs))
}

/**
 * The longest time in milliseconds from a fault to the verdict, without live traffic: the fault
 * begins just after a good answer, and every probe hangs until its deadline. A `Retry-After` of
 * the provider comes on top.
 */
export function worstCaseDetectionMs(settings: DetectionSettings): number {
  let waits = settings.intervalMs
  for (let failures = 1; failures < settings.failureThreshold; failures++) {
    waits += confirmDelay(settings, failures)
  }
  return Math.ceil(waits * (1 + JITTER) + settings.failureThreshold * settings.timeoutMs)
}
