// @ts-check
/**
 * The one place that knows the guard's options. Next builds several chunks that each get a copy of
 * this module, and loads it anew whenever it changes: `sharedGuard()` gives all of them the same
 * guard. A function, so that `next build` makes no guard for pages that never ask for one.
 */
import { sharedGuard } from 'deepseek-guard'

export const deepseek = () => sharedGuard()
