import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

interface Row {
  transport: string
  least: number
}

async function measure(): Promise<Row[]> {
  const script = join(__dirname, '../bench/outbound.mjs')
  const { stdout } = await run(process.execPath, [script, join(__dirname, '../../src'), 'gate'])
  return JSON.parse(stdout)
}

describe('what the wrapper adds to a call that succeeds', () => {
  it('is at most as much again, over every transport that does anything at all', async () => {
    const best = new Map<string, number>()
    // A neighbour on the machine can only slow a run down: the best of three is the truth.
    for (let i = 0; i < 3; i += 1) {
      for (const { transport, least } of await measure()) {
        best.set(transport, Math.min(least, best.get(transport) ?? Number.POSITIVE_INFINITY))
      }
      if ([...best.values()].every((ratio) => ratio <= 2)) break
    }
    expect([...best].filter(([, ratio]) => ratio > 2)).toEqual([])
    expect(best.size).toBe(3)
  }, 120_000)
})
