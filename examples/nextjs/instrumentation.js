// @ts-check
/**
 * Next calls this once when the server starts, before it takes a request: a wrong key stops the
 * start, and the first probe is under way before the first visitor comes.
 */
export async function register() {
  // The edge runtime has no file system, no timers that outlive a request, and no process to guard.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { deepseek } = await import('./deepseek.js')
  deepseek()
}
