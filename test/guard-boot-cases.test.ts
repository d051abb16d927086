import { writeSync } from 'node:fs'
import { inspect } from 'node:util'
import { ConfigError, checkEnv, type DeepSeekGuard, deepseekGuard, type GuardOptions } from '../src'
import {
  type BootCase,
  faultsOf,
  faultsOfText,
  layOut,
  leaksOf,
  leaveSurroundings,
  readBootCases,
} from './boot-case'

jest.mock('node:fs', () => {
  const fs = jest.requireActual('node:fs')
  return { ...fs, writeSync: jest.fn(fs.writeSync) }
})

// A file that Node loads needs a process.
const cases = readBootCases('code').filter(({ nodeArgs }) => !nodeArgs)
const here = process.cwd()

/** What the guard wrote to stderr, which stays quiet meanwhile. */
let written: string
let remove: () => void
let env: Record<string, string>

/** Stands in the folder of the case, as its process would. */
function enter(bootCase: BootCase): void {
  const place = layOut(bootCase)
  remove = place.remove
  env = place.env
  process.chdir(place.cwd)
}

beforeAll(leaveSurroundings)
beforeEach(() => {
  written = ''
  const write = (_descriptor: number, bytes: Buffer, from = 0) => {
    written += bytes.subarray(from).toString()
    return bytes.length - from
  }
  jest.mocked(writeSync).mockImplementation(write as typeof writeSync)
})
afterEach(() => {
  process.chdir(here)
  remove()
})

/** The authorization of each request that left a guard. */
function guardOf({ options }: BootCase): { guard: DeepSeekGuard; sent: (string | null)[] } {
  const sent: (string | null)[] = []
  const transport: typeof fetch = async (input, init) => {
    sent.push(new Request(input, init).headers.get('authorization'))
    return new Response('{}')
  }
  const outbound = { ...options?.outbound, fetch: transport }
  const all: GuardOptions = { ...options, outbound, env, health: false, logger: false }
  return { guard: deepseekGuard(all), sent }
}

/** The error that the guard is refused with; undefined when it starts. */
async function refusalOf(bootCase: BootCase): Promise<ConfigError | undefined> {
  try {
    await guardOf(bootCase).guard.close()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return error as ConfigError
  }
}

describe('the guard starts, or is refused with what checkEnv finds', () => {
  test.each(cases.map((one) => [one.id, one] as const))('%s', async (_, bootCase) => {
    enter(bootCase)
    const { ok, findings } = checkEnv(env, bootCase.options)
    const error = await refusalOf(bootCase)
    expect(error === undefined).toBe(ok)
    if (!error) {
      expect(written).toBe('')
      return
    }
    expect(error.findings).toEqual(findings)
    expect(faultsOf(bootCase, { ok: false, findings: error.findings })).toEqual([])
    expect(faultsOfText(bootCase, written)).toEqual([])
    const shown = [error.message, String(error.stack), inspect(error), JSON.stringify(error)]
    expect(leaksOf(bootCase, written, ...shown)).toEqual([])
  })
})

describe('the guard sends the repaired key and nothing else', () => {
  const repaired = cases.filter(({ expected }) => expected.repairedKeyEquals)
  test.each(repaired.map((one) => [one.id, one] as const))('%s', async (_, bootCase) => {
    enter(bootCase)
    const { guard, sent } = guardOf(bootCase)
    await guard.fetch(`${guard.client.baseURL}/chat/completions`, { method: 'POST', body: '{}' })
    await guard.close()
    expect(sent).toEqual([`Bearer ${bootCase.expected.repairedKeyEquals}`])
  })
})
