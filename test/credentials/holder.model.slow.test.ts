import fc from 'fast-check'
import { brokenHolders } from './broken-holders'
import { type Kind, type MakeHolder, type SourceMode, World } from './model-world'

const RUNS = 5_000

type Model = Record<string, never>

/** One thing that may happen at any time. */
class Happening implements fc.AsyncCommand<Model, World> {
  constructor(
    readonly name: string,
    readonly act: (world: World) => void | Promise<void>,
  ) {}

  check(): boolean {
    return true
  }

  async run(_model: Model, world: World): Promise<void> {
    await this.act(world)
    await world.rest()
    if (world.violations.length > 0) throw new Error(world.violations.join('; '))
  }

  toString(): string {
    return this.name
  }
}

const plain = (name: string, act: (world: World) => void | Promise<void>) =>
  fc.constant(new Happening(name, act))

const happenings = [
  plain('call', (world) => void world.call()),
  plain('3 calls', (world) => {
    for (let index = 0; index < 3; index += 1) void world.call()
  }),
  plain('rotate', (world) => world.rotate()),
  plain('revoke', (world) => world.revoke()),
  plain('rotate and revoke', (world) => {
    world.revoke()
    world.rotate()
  }),
  plain('roll back', (world) => world.rollBack()),
  plain('swap file', (world) => {
    world.rotate()
    world.announce()
  }),
  plain('announce', (world) => world.announce()),
  plain('hold answers', (world) => {
    world.holding = true
  }),
  plain('answer at once', (world) => {
    world.holding = false
  }),
  plain('close', (world) => {
    world.closed = true
    void world.holder.close()
  }),
  fc
    .constantFrom(100, 300, 1_500, 4_000, 10_500, 31_000, 400_000)
    .map((ms) => new Happening(`advance ${ms} ms`, (world) => world.clock.advance(ms))),
  fc
    .constantFrom<SourceMode>('good', 'transient', 'permanent', 'hangs')
    .map((mode) => new Happening(`source ${mode}`, (world) => world.setMode(mode))),
  fc
    .constantFrom(undefined, 0, -5, Number.NaN, 200, 5_000, 3_600_000, 1e15)
    .map((ms) => new Happening(`lifetime ${ms}`, (world) => world.setLifetime(ms))),
  fc.nat(9).map((at) => new Happening(`abort ${at}`, (world) => world.abort(at))),
  fc.nat(9).map((at) => new Happening(`deliver ${at}`, (world) => world.deliver(at))),
]

/** Calls and refusals are what it is about; closing at each third step would hide the rest. */
const commands = fc.commands(
  [...happenings, ...happenings.slice(0, 10), ...happenings.slice(11), ...happenings.slice(0, 5)],
  { maxCommands: 40, size: 'max' },
)

async function runWorld(
  kind: Kind,
  random: number,
  steps: Iterable<fc.AsyncCommand<Model, World>>,
  make?: MakeHolder,
  reached?: Set<string>,
): Promise<void> {
  const world = new World(kind, () => random, make)
  await fc.asyncModelRun(() => ({ model: {}, real: world }), steps)
  await world.heal()
  await world.holder.close()
  await world.clock.advance(15_000)
  world.finish()
  for (const call of world.calls) reached?.add(`${String(call.outcome)} after ${call.sent.length}`)
  if (world.violations.length > 0) throw new Error(world.violations.join('; '))
}

function check(runs: number, make?: MakeHolder, reached?: Set<string>) {
  const property = fc.asyncProperty(
    fc.constantFrom<Kind>('remote', 'file'),
    fc.constantFrom(0, 0.5, 0.999),
    commands,
    (kind, random, steps) => runWorld(kind, random, steps, make, reached),
  )
  return fc.check(property, { numRuns: runs, endOnFailure: make !== undefined })
}

describe('the holder under everything at once', () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => {
    unhandled.push(reason)
  }
  beforeAll(() => process.on('unhandledRejection', note))
  afterAll(() => process.off('unhandledRejection', note))

  test(`keeps every promise in ${RUNS} random histories`, async () => {
    const reached = new Set<string>()
    const result = await check(RUNS, undefined, reached)
    if (result.failed) throw new Error(`${result.errorInstance} ${fc.defaultReportMessage(result)}`)
    expect(result.numRuns).toBe(RUNS)
    expect(unhandled).toEqual([])
    expect([...reached].sort()).toEqual([
      '401 after 1',
      '401 after 2',
      'aborted after 0',
      'aborted after 1',
      'aborted after 2',
      'ok after 1',
      'ok after 2',
      'synthetic after 0',
      'token-error after 0',
    ])
  }, 120_000)

  test.each(brokenHolders)(
    'is caught when it $fault',
    async ({ make, caughtBy }) => {
      const result = await check(RUNS, make)
      expect(String(result.errorInstance)).toMatch(caughtBy)
    },
    120_000,
  )
})
