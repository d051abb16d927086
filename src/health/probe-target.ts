/** Where the probe goes. */
export interface ProbeTargets {
  url: string
  proof: 'balance' | 'models'
  /** The list of models beside a balance probe. */
  models: string
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** DeepSeek's own host, or a loopback one, which counts as it so that fakes behave alike. */
function isOwnHost(hostname: string): boolean {
  return hostname === 'api.deepseek.com' || LOOPBACK.test(hostname)
}

/** Only the root of DeepSeek's own host has `/user/balance`; every gateway lists its models. */
export function probeTargets(baseURL: string): ProbeTargets {
  const base = new URL(baseURL)
  const models = `${base.origin}${base.pathname.replace(/\/+$/, '')}/models`
  return isOwnHost(base.hostname)
    ? { url: `${base.origin}/user/balance`, proof: 'balance', models: `${base.origin}/models` }
    : { url: models, proof: 'models', models }
}
