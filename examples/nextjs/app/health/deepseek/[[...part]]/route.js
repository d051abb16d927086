// @ts-check
/** `/health/deepseek`, `/health/deepseek/live` and `/health/deepseek/startup` for Kubernetes. */
import { deepseek } from '../../../../deepseek.js'

// The answer of this moment, never one that was made while building.
export const dynamic = 'force-dynamic'

/** @param {Request} request */
function answer(request) {
  return deepseek().respond(request) ?? new Response(null, { status: 404 })
}

export { answer as GET, answer as HEAD, answer as POST }
