import { testWithRedis } from '../store/redis-server'
import { killExamples, runExample } from './run-example'

jest.setTimeout(90_000)

afterEach(killExamples)

testWithRedis(
  'three processes share one prober, take one rotation, and get the certificate',
  async () => {
    const fleet = runExample('fleet/fleet.mjs')
    expect([await fleet.exit, fleet.output()]).toEqual([0, expect.stringMatching(/nobody noticed/)])
    const output = fleet.output()
    expect(output.match(/is ready: pass, by shared evidence/g)).toHaveLength(2)
    const probes = Number(/One prober: (\d+) probes in 5 intervals/.exec(output)?.[1])
    expect(probes).toBeLessThanOrEqual(6)
    expect(output).toMatch(/3 of 3 instances use .*; .* was last used \d+ s ago and may be revoked/)
  },
)
