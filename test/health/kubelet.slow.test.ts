import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type FakeDeepSeek, startFakeDeepSeek } from '../../src/testing/fake-deepseek'
import { get, Kubelet, PERIOD_MS, type Pod, SteadyClient, startPod } from './kubelet'

/** The defaults, scaled down like the kubelet's period. */
const HEALTH = {
  intervalMs: 300,
  timeoutMs: 250,
  confirmDelayMs: 20,
  startupDeadlineMs: 1_500,
}

jest.setTimeout(60_000)

let fake: FakeDeepSeek
let pods: Pod[] = []
let kubelets: Kubelet[] = []
let clients: SteadyClient[] = []
const avoidable: Record<string, number> = {}

beforeEach(async () => {
  fake = await startFakeDeepSeek()
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.stop()))
  await Promise.all(kubelets.map((kubelet) => kubelet.stop()))
  for (const pod of pods) pod.kill()
  await Promise.all(pods.map(({ ended }) => ended))
  await fake.close()
  pods = []
  kubelets = []
  clients = []
})

afterAll(() => {
  const lines = Object.entries(avoidable).map(([story, count]) => `  ${story}: ${count}`)
  console.log(`Client errors that a better guard would have avoided:\n${lines.join('\n')}`)
})

async function rollOut(env: Record<string, string> = {}, health: object = {}) {
  const pod = await startPod({
    DEEPSEEK_BASE_URL: fake.url,
    TEST_HEALTH: JSON.stringify({ ...HEALTH, ...health }),
    ...('TEST_KEY_FILE' in env ? {} : { DEEPSEEK_API_KEY: fake.key }),
    ...env,
  })
  pods.push(pod)
  const kubelet = new Kubelet(pod)
  kubelets.push(kubelet)
  return { pod, kubelet }
}

interface Target {
  pod: Pod
  kubelet: Kubelet
}

function call(targets: Target[], route = '/chat-only-when-ready'): SteadyClient {
  const client = new SteadyClient(targets, route)
  clients.push(client)
  return client
}

/** Waits until the client has been served so many times more. */
async function serve(client: SteadyClient, kubelet: Kubelet, more: number): Promise<void> {
  const enough = client.served + more
  await kubelet.until(() => client.served >= enough)
}

test('boot: no call arrives before the first answer of DeepSeek, none fails after it', async () => {
  fake.fail('hang')
  const target = await rollOut({}, { startupDeadlineMs: 60_000 })
  expect(await get(`${target.pod.url}/health/deepseek`)).toBe(503)
  expect(await get(`${target.pod.url}/health/deepseek/live`)).toBe(200)
  expect(await get(`${target.pod.url}/health/deepseek/startup`)).toBe(503)
  fake.heal()
  await target.kubelet.until(() => target.kubelet.ready)
  expect(await get(`${target.pod.url}/health/deepseek/startup`)).toBe(200)
  const client = call([target])
  await serve(client, target.kubelet, 20)
  await client.stop()
  avoidable.boot = client.errors.length
  expect(client.errors).toEqual([])
})

test('boot with a bad key: the pod never joins the Service', async () => {
  fake.revoke(fake.key)
  const target = await rollOut()
  await target.kubelet.periods(10)
  expect(target.kubelet.ready).toBe(false)
  expect(target.kubelet.statuses).not.toContain(200)
  expect(fake.calls.length).toBeLessThanOrEqual(8)
})

test('boot while the provider is down: the pod joins, degraded, at its deadline', async () => {
  fake.fail('busy')
  const { kubelet } = await rollOut()
  await kubelet.periods(5)
  expect(kubelet.ready).toBe(false)
  await kubelet.until(() => kubelet.ready)
  await kubelet.periods(5)
  expect(kubelet.evictions).toBe(0)
})

test('a provider outage does not empty the Service', async () => {
  const target = await rollOut()
  await target.kubelet.until(() => target.kubelet.ready)
  const client = call([target])
  await serve(client, target.kubelet, 20)
  fake.fail('busy')
  await target.kubelet.until(() => client.errors.length >= 20)
  await target.kubelet.periods(10)
  fake.heal()
  await serve(client, target.kubelet, 20)
  await client.stop()
  avoidable['provider outage'] = client.errors.filter((error) => error !== 502).length
  expect(avoidable['provider outage']).toBe(0)
  expect(target.kubelet.evictions).toBe(0)
})

test('a revoked key takes its own pod out, and no other', async () => {
  const other = fake.issueKey()
  const good = await rollOut({ DEEPSEEK_API_KEY: other })
  const bad = await rollOut()
  await good.kubelet.until(() => good.kubelet.ready)
  await bad.kubelet.until(() => bad.kubelet.ready)
  const client = call([good, bad])
  await serve(client, good.kubelet, 20)
  fake.revoke(fake.key)
  await bad.kubelet.until(() => bad.kubelet.statuses.at(-1) === 503)
  const noticed = bad.kubelet.statuses.length
  await bad.kubelet.until(() => !bad.kubelet.ready)
  // The kubelet's own three failures, and not one more.
  expect(bad.kubelet.statuses.length - noticed).toBeLessThanOrEqual(2)
  const before = client.errors.length
  await serve(client, good.kubelet, 40)
  await client.stop()
  // Calls that were under way to the bad pod when it left may still come back.
  avoidable['key revocation'] = client.errors.slice(before + 2).length
  expect(avoidable['key revocation']).toBe(0)
  expect(good.kubelet.evictions).toBe(0)
  expect(client.errors).not.toContain('unserved')
})

/** A Secret as the kubelet mounts it: the name is a link through `..data`, swapped by rename. */
function mountSecret(): { file: string; swap(key: string): void; remove(): void } {
  const dir = mkdtempSync(path.join(tmpdir(), 'guard-secret-'))
  let version = 0
  const swap = (key: string): void => {
    version++
    const next = path.join(dir, `..v${version}`)
    writeFileSync(next, `${key}\n`, { mode: 0o400 })
    symlinkSync(`..v${version}`, path.join(dir, '..data_tmp'))
    renameSync(path.join(dir, '..data_tmp'), path.join(dir, '..data'))
  }
  symlinkSync('..data', path.join(dir, 'key'))
  return {
    file: path.join(dir, 'key'),
    swap,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

test('a rotation by mounted file costs no call and no readiness', async () => {
  const secret = mountSecret()
  try {
    secret.swap(fake.key)
    const target = await rollOut({ TEST_KEY_FILE: secret.file })
    await target.kubelet.until(() => target.kubelet.ready)
    const client = call([target])
    let key = fake.key
    for (let rotation = 0; rotation < 3; rotation++) {
      await serve(client, target.kubelet, 20)
      const next = fake.issueKey()
      secret.swap(next)
      fake.revoke(key)
      key = next
    }
    await serve(client, target.kubelet, 20)
    await client.stop()
    avoidable['rotation by mounted file'] = client.errors.length
    expect(client.errors).toEqual([])
    expect(target.kubelet.evictions).toBe(0)
    expect(target.kubelet.statuses.slice(-10)).not.toContain(503)
  } finally {
    secret.remove()
  }
})

test('an event loop that is blocked for 500 ms changes nothing', async () => {
  const target = await rollOut()
  await target.kubelet.until(() => target.kubelet.ready)
  const client = call([target])
  await serve(client, target.kubelet, 20)
  const from = target.kubelet.statuses.length
  for (let block = 0; block < 3; block++) {
    await get(`${target.pod.url}/block?ms=500`, 5_000)
    await target.kubelet.periods(3)
  }
  await client.stop()
  avoidable['blocked event loop'] = client.errors.length
  expect(client.errors).toEqual([])
  // A probe may well be late while the loop stands still; the guard's verdict may not change.
  expect(target.kubelet.statuses.slice(from)).not.toContain(503)
  expect(target.kubelet.evictions).toBe(0)
})

test('SIGTERM: the pod leaves the Service before it stops serving, then ends by itself', async () => {
  const first = await rollOut({ TEST_DRAIN_MS: String(PERIOD_MS * 30) })
  const second = await rollOut()
  await first.kubelet.until(() => first.kubelet.ready)
  await second.kubelet.until(() => second.kubelet.ready)
  const client = call([first, second])
  await serve(client, first.kubelet, 20)
  first.pod.child.kill('SIGTERM')
  await first.kubelet.until(() => !first.kubelet.ready)
  const status = await first.pod.ended
  await serve(client, second.kubelet, 20)
  await client.stop()
  avoidable.SIGTERM = client.errors.length
  expect(status).toBe(0)
  expect(client.errors).toEqual([])
  expect(first.pod.stderr()).toBe('')
})
