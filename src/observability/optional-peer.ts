/**
 * Loads an optional peer dependency.
 * @throws Error that says what to install when the application has not got it; any other fault of
 *   loading comes through as it is.
 */
export function requirePeer<T>(load: () => T, name: string, user: string): T {
  try {
    return load()
  } catch (error) {
    const missing = (error as { code?: unknown }).code === 'MODULE_NOT_FOUND'
    if (!missing || !String(error).includes(`'${name}'`)) throw error
    throw new Error(`${user} needs the package ${name}: install it with \`npm install ${name}\`.`)
  }
}
