import type { Problem } from './finding'
import { KEY } from './found-credential'
import type { Situation } from './situation'
import { findExposed, printableName } from './variable-names'

/** One error for each variable that hands a key to every visitor's browser. */
export function exposedKeys(situation: Situation, key: string | undefined): Problem[] {
  return findExposed(situation.names, situation.text, key).map((exposed): Problem => {
    const name = printableName(exposed)
    return {
      code: 'key-exposed-to-client',
      severity: 'error',
      variable: name,
      title: `${name} hands the key to every visitor: its prefix puts it into browser code.`,
      evidence: [`the prefix of ${name}`],
      advice:
        `Remove ${name}, keep the key on the server in ${KEY}, and revoke the exposed key at ` +
        'https://platform.deepseek.com/api_keys',
      set: 'remove',
      origin: situation.originOf(exposed),
    }
  })
}
