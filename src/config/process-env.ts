/** The environment of this process, looked up at each call: a hot edit is seen. */
export function processEnv(): Record<string, string | undefined> {
  return process.env
}
