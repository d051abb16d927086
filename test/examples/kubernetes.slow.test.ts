import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { parse } from 'yaml'
import { resolveHealthOptions } from '../../src/health/health-options'
import { worstCaseDetectionMs } from '../../src/health/schedule'
import { GOOD_KEY, runCli } from '../cli/command'

const FOLDER = path.resolve(__dirname, '../../examples/kubernetes')
const read = (file: string) => parse(readFileSync(path.join(FOLDER, file), 'utf8'))

/** Wraps data so that the schema's validator tells, by what it reads, which fields it knows. */
function watched(data: any, at: string, unread: Set<string>): any {
  if (typeof data !== 'object' || data === null) return data
  for (const key of Object.keys(data)) unread.add(`${at}/${key}`)
  const wrapped = Array.isArray(data) ? [] : {}
  const children = Object.entries(data).map(
    ([key, value]) => [key, watched(value, `${at}/${key}`, unread)] as const,
  )
  return new Proxy(Object.assign(wrapped, Object.fromEntries(children)), {
    get(target: any, key) {
      unread.delete(`${at}/${String(key)}`)
      return target[key]
    },
  })
}

/** Throws on a field of the wrong type; returns the fields that the schema does not know. */
function unknownFields(manifest: object): string[] {
  const unread = new Set<string>()
  const { validate } = Deployment.prototype as unknown as { validate(this: object): void }
  validate.call(watched(manifest, '', unread))
  return [...unread]
}

const health = resolveHealthOptions(undefined)
const detectionMs = worstCaseDetectionMs(health)
/** What the kubelet adds: a probe may come a period late, and each may take its timeout. */
const windowMs = ({ periodSeconds, failureThreshold, timeoutSeconds }: any) =>
  (periodSeconds * failureThreshold + timeoutSeconds) * 1000

describe.each(['deployment.yaml', 'deployment-env.yaml'])('%s', (file) => {
  const manifest = read(file)
  const pod = manifest.spec.template.spec
  const [app] = pod.containers
  const [preflight] = pod.initContainers

  test('satisfies the Kubernetes schema and uses no field that it does not know', () => {
    expect(unknownFields(manifest)).toEqual([])
  })

  test('probes the three paths of the guard', () => {
    const paths = [app.startupProbe, app.readinessProbe, app.livenessProbe].map(
      (probe) => probe.httpGet.path,
    )
    expect(paths).toEqual([`${health.path}/startup`, health.path, `${health.path}/live`])
  })

  test('names a port that the container has', () => {
    const ports = app.ports.map((port: { name: string }) => port.name)
    for (const probe of [app.startupProbe, app.readinessProbe, app.livenessProbe]) {
      expect(ports).toContain(probe.httpGet.port)
    }
  })

  test('lets the guard boot beside an unreachable provider before the startup probe gives up', () => {
    const { periodSeconds, failureThreshold } = app.startupProbe
    const slowestReady = health.startupDeadlineMs + health.timeoutMs
    expect(periodSeconds * failureThreshold * 1000).toBeGreaterThan(1.5 * slowestReady)
  })

  test('ends a rollout later than the slowest boot', () => {
    expect(manifest.spec.progressDeadlineSeconds * 1000).toBeGreaterThan(
      2 * windowMs(app.startupProbe),
    )
  })

  test('adds at most a quarter to the time in which the guard notices a refused key', () => {
    expect(windowMs(app.readinessProbe)).toBeLessThanOrEqual(detectionMs / 4)
  })

  test('gives up an instance that hangs sooner than the guard gives up a key', () => {
    expect(windowMs(app.livenessProbe)).toBeLessThan(detectionMs)
  })

  test('leaves time for drain and running answers between SIGTERM and SIGKILL', () => {
    const drainMs = windowMs(app.readinessProbe) + app.lifecycle.preStop.sleep.seconds * 1000
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(drainMs + 60_000)
  })

  test('shows the reason of a death in kubectl describe', () => {
    for (const container of [app, preflight]) {
      expect(container.terminationMessagePolicy).toBe('FallbackToLogsOnError')
      expect(container.terminationMessagePath).toBeUndefined()
    }
  })

  test('checks the very configuration that the app gets, with the command of the package', () => {
    const { bin, name } = JSON.parse(
      readFileSync(path.join(__dirname, '../../package.json'), 'utf8'),
    )
    expect(preflight.command).toEqual(['node', `node_modules/${name}/${bin[name]}`])
    expect(preflight.args).toEqual(['check'])
    expect(preflight.image).toBe(app.image)
    expect(preflight.env).toEqual(app.env)
    expect(preflight.volumeMounts).toEqual(app.volumeMounts)
  })
})

test('the mounted key is readable for the group of the pod and for nobody else', () => {
  const { volumes, securityContext } = read('deployment.yaml').spec.template.spec
  expect(volumes[0].secret.defaultMode.toString(8)).toBe('440')
  expect(securityContext.fsGroup).toBe(securityContext.runAsGroup)
})

test('the two manifests differ in how the key arrives and in nothing else', () => {
  const [byFile, byVariable] = ['deployment.yaml', 'deployment-env.yaml'].map(read)
  const pod = byFile.spec.template.spec
  const other = byVariable.spec.template.spec
  delete pod.volumes
  delete pod.securityContext.fsGroup
  for (const container of [...pod.containers, ...pod.initContainers]) delete container.volumeMounts
  for (const each of [pod, other]) {
    for (const container of [...each.containers, ...each.initContainers]) {
      container.env = container.env.filter(
        (entry: { name: string }) => !entry.name.startsWith('DEEPSEEK_API_KEY'),
      )
    }
  }
  expect(byFile).toEqual(byVariable)
})

test('the schema check notices a misspelt field and a wrong type', () => {
  const misspelt = read('deployment.yaml')
  misspelt.spec.template.spec.containers[0].livenessprobe = {}
  expect(unknownFields(misspelt)).toEqual(['/spec/template/spec/containers/0/livenessprobe'])
  const mistyped = read('deployment.yaml')
  mistyped.spec.template.spec.containers[0].livenessProbe.periodSeconds = '10'
  expect(() => unknownFields(mistyped)).toThrow('periodSeconds')
})

test('the numbers of the README are those of the guard', () => {
  const readme = readFileSync(path.join(FOLDER, 'README.md'), 'utf8')
  expect(readme).toContain(`${Math.ceil(detectionMs / 1000)} s at the worst`)
  expect(readme).toContain(`passes after ${health.startupDeadlineMs / 1000} s`)
  expect(readme).toContain(`every ${health.intervalMs / 1000} s`)
})

describe.each(['deployment.yaml', 'deployment-env.yaml'])('the pre-flight of %s', (file) => {
  const [preflight] = read(file).spec.template.spec.initContainers
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'preflight-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Runs it as the kubelet would, with this text in the Secret. */
  async function run(secret: string) {
    const mounted = path.join(folder, 'api-key')
    writeFileSync(mounted, secret, { mode: 0o440 })
    const entries = preflight.env.map(({ name, value }: { name: string; value?: string }) => [
      name,
      name === 'DEEPSEEK_API_KEY_FILE' ? mounted : (value ?? secret),
    ])
    const log = path.join(folder, 'termination-log')
    writeFileSync(log, '')
    const env = { ...Object.fromEntries(entries), DEEPSEEK_GUARD_TERMINATION_LOG: log }
    const { status, stderr } = await runCli(preflight.args, { env, cwd: folder })
    return { status, stderr, message: readFileSync(log, 'utf8') }
  }

  test('passes a good Secret without a warning', async () => {
    const { status, stderr, message } = await run(GOOD_KEY)
    expect({ status, message }).toEqual({ status: 0, message: '' })
    expect(stderr).not.toContain('WARNING')
  })

  test('stops a quoted one and leaves the reason for kubectl describe', async () => {
    const { status, message } = await run(`"${GOOD_KEY}"`)
    expect(status).toBe(78)
    expect(message).toContain('key-quoted')
    expect(message).not.toContain(GOOD_KEY.slice(3, 8))
  })
})
