/** The test, or its skipped form with the reason on stderr: nobody has to guess what did not run. */
export function testIf(possible: boolean, reason: string): jest.It {
  if (possible) return test
  process.stderr.write(`Skipped in ${expect.getState().testPath}: ${reason}\n`)
  return test.skip
}
