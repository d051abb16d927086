import { runInThisContext } from 'node:vm'

type OAuth = typeof import('oauth4webapi')

/**
 * The OAuth library, loaded when the first token is fetched. It is an ES module only. Where the
 * code runs in a sandbox that cannot import one (Jest without flags), the process's own `require`
 * can: the main context has the real one, and from Node 20.19 on it loads ES modules.
 */
export async function loadOAuth(): Promise<OAuth> {
  try {
    return await import('oauth4webapi')
  } catch {
    const main = runInThisContext('process') as NodeJS.Process
    const { createRequire } = main.getBuiltinModule('node:module')
    return createRequire(__filename)('oauth4webapi') as OAuth
  }
}
