import { once } from 'node:events'
import { createServer } from 'node:http'
import { Worker } from 'node:worker_threads'
import { deepseekGuard } from '../../src/middleware/universal'
import type { Measurement } from '../../src/observability/measurement'
import { startFakeDeepSeek } from '../../src/testing'
import { listen, stop } from './listen'

const PROBES = 20

/** Twenty probers in another thread: each asks and hangs up; the last wakes the blocked thread. */
const probers = `
  const { connect } = require('node:net')
  const { workerData } = require('node:worker_threads')
  const { port, gate, probes } = workerData
  Atomics.wait(gate, 1, 0)
  let open = probes
  for (let i = 0; i < probes; i += 1) {
    const socket = connect(port, '127.0.0.1', () => {
      const request = 'GET /health/deepseek HTTP/1.1\\r\\nHost: pod\\r\\nConnection: close\\r\\n\\r\\n'
      socket.write(request, () => socket.destroy())
    })
    socket.on('close', () => {
      open -= 1
      if (open > 0) return
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
    })
  }
`

test('probers that gave up while the process was blocked are counted, each once', async () => {
  const fake = await startFakeDeepSeek()
  const aborts: Measurement[] = []
  let allCounted = () => {}
  const counted = new Promise<void>((resolve) => {
    allCounted = resolve
  })
  const record = (measurement: Measurement) => {
    if (measurement.kind === 'probe-abort' && aborts.push(measurement) === PROBES) allCounted()
  }
  const guard = deepseekGuard({
    env: { DEEPSEEK_API_KEY: fake.key, DEEPSEEK_BASE_URL: fake.url },
    logger: false,
    metrics: { record },
  })
  await guard.ready()
  const server = createServer((req, res) => guard(req, res))
  const port = Number(new URL(await listen(server)).port)
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(probers, { eval: true, workerData: { port, gate, probes: PROBES } })
  const exited = once(worker, 'exit')
  await once(worker, 'online')

  // This thread, and with it the event loop, stands still until the last prober is gone.
  Atomics.store(gate, 1, 1)
  Atomics.notify(gate, 1)
  expect(Atomics.wait(gate, 0, 0, 30_000)).not.toBe('timed-out')
  await counted
  await exited
  expect(aborts).toHaveLength(PROBES)

  await stop(server)
  await guard.close()
  await fake.close()
})
