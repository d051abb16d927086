import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

describe('against a server that does its worst, with rotation and aborts', () => {
  // A process of its own: an unhandled rejection ends it, and so does nothing but an idle loop.
  it.each([1, 2, 3])(
    'every call settles and is told once, nothing is unhandled, nothing keeps running (seed %i)',
    async (seed) => {
      const { stdout, stderr } = await run(process.execPath, [
        join(__dirname, 'chaos.cjs'),
        String(seed),
      ])
      const { settled, outcomes, kinds } = JSON.parse(stdout)
      expect([settled, outcomes]).toEqual([300, 300])
      expect(kinds).toBeGreaterThan(6)
      expect(stderr).toBe('')
    },
    60_000,
  )
})
