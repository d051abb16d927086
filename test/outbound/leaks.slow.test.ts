import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = join(__dirname, 'leaks.cjs')

async function measure(gate: string): Promise<Record<string, number>> {
  const { stdout } = await run(process.execPath, ['--expose-gc', script, gate])
  return JSON.parse(stdout)
}

const MEBIBYTE = 1024 * 1024

describe('nothing is left behind', () => {
  it('on the heap after 100,000 calls', async () => {
    const { before = 0, after = 0, listeners } = await measure('heap')
    // A single kept byte per call would be 0.1 MiB; the noise of the collector is under one.
    expect(after - before).toBeLessThan(1.5 * MEBIBYTE)
    expect(listeners).toBe(0)
  }, 120_000)

  it('of sockets after 1,000 times a 401 with 20 KB, then a 200', async () => {
    const measured = await measure('sockets')
    expect(measured.good).toBe(1_000)
    expect(measured.refused).toBeGreaterThanOrEqual(1_000)
    expect(measured.peak).toBeLessThanOrEqual((measured.width ?? 0) + 2)
    // Read to the end, a refusal gives its socket to the next request.
    expect(measured.made).toBeLessThanOrEqual((measured.width ?? 0) + 2)
  }, 60_000)

  it('of listeners after 10,000 calls on one signal, which never carries more than one', async () => {
    expect(await measure('listeners')).toEqual({ most: 1, left: 0 })
  }, 60_000)

  it('of listeners on a signal that went to real sockets', async () => {
    expect(await measure('real-listeners')).toEqual({ left: 0 })
  }, 60_000)
})
