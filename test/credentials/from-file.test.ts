import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../src/clock'
import type { CredentialHolder, RefreshEvent } from '../../src/credentials/credential'
import { createCredentialHolder } from '../../src/credentials/credential-holder'
import { fromFile } from '../../src/credentials/from-file'
import { TokenError } from '../../src/errors'
import { initial } from './token-requests'

let directory: string
let opened: CredentialHolder[]

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'guard-file-'))
  opened = []
})

afterEach(async () => {
  await Promise.all(opened.map((holder) => holder.close()))
  rmSync(directory, { recursive: true, force: true })
})

function at(name: string): string {
  return path.join(directory, name)
}

/** A holder on a file, and a promise for each refresh that brings another token. */
function open(file: string, pollMs?: number) {
  const events: RefreshEvent[] = []
  const waiting: (() => void)[] = []
  const holder = createCredentialHolder(fromFile(file, pollMs === undefined ? {} : { pollMs }), {
    clock: systemClock,
    random: () => 0.5,
    refreshTimeoutMs: 10_000,
    log: { emit: () => undefined, enabled: () => false },
    onRefresh(event) {
      events.push(event)
      for (const wake of waiting.splice(0)) wake()
    },
  })
  opened.push(holder)
  const until = async (key: string): Promise<void> => {
    while (holder.peek()?.secret.reveal() !== key) {
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  return { holder, events, until }
}

async function firstToken(holder: CredentialHolder) {
  const acquired = await holder.acquire()
  if (acquired.kind !== 'token') throw new Error(acquired.reason)
  return acquired.token
}

describe('fromFile', () => {
  test('reads the key without its line end and byte order mark', async () => {
    writeFileSync(at('key'), '\uFEFFsk-one\r\n')
    expect(await fromFile(at('key')).getToken(initial())).toEqual({ token: 'sk-one' })
  })

  test('sees a file that was written anew', async () => {
    writeFileSync(at('key'), 'sk-one')
    const { holder, until } = open(at('key'))
    await firstToken(holder)
    writeFileSync(at('key'), 'sk-two')
    await until('sk-two')
  })

  test('sees a file that was replaced by renaming', async () => {
    writeFileSync(at('key'), 'sk-one')
    const { holder, until } = open(at('key'))
    await firstToken(holder)
    writeFileSync(at('key.tmp'), 'sk-two')
    renameSync(at('key.tmp'), at('key'))
    await until('sk-two')
  })

  test('follows three Kubernetes swaps of ..data in a row', async () => {
    const publish = (version: string, key: string): void => {
      mkdirSync(at(`..${version}`))
      writeFileSync(at(`..${version}/key`), key)
      symlinkSync(`..${version}`, at('..data_tmp'))
      renameSync(at('..data_tmp'), at('..data'))
    }
    publish('v0', 'sk-v0')
    symlinkSync('..data/key', at('key'))
    const { holder, until } = open(at('key'))
    await firstToken(holder)
    for (const version of ['v1', 'v2', 'v3']) {
      publish(version, `sk-${version}`)
      await until(`sk-${version}`)
    }
    expect(holder.peek()?.generation).toBe(4)
  })

  test('takes no half of a key that is written in place', async () => {
    writeFileSync(at('key'), 'sk-one-whole-key')
    const { holder, events, until } = open(at('key'))
    await firstToken(holder)
    truncateSync(at('key'))
    appendFileSync(at('key'), 'sk-two-')
    setTimeout(() => appendFileSync(at('key'), 'whole-key'), 15)
    await until('sk-two-whole-key')
    expect(events.map(({ outcome }) => outcome)).toEqual(['changed', 'changed'])
  })

  test('reads again for every 401, even when nothing told of a change', async () => {
    writeFileSync(at('key'), 'sk-one')
    const { holder } = open(at('key'))
    const first = await firstToken(holder)
    expect(await holder.rejected(first)).toMatchObject({ reason: 'unchanged-token' })
    writeFileSync(at('key'), 'sk-two')
    const after = await holder.rejected(first)
    expect(after.kind === 'replay' && after.token.secret.reveal()).toBe('sk-two')
  })

  test('keeps the last good token while the file is away, and takes the one that comes', async () => {
    writeFileSync(at('key'), 'sk-one')
    const { holder, until } = open(at('key'))
    const first = await firstToken(holder)
    rmSync(at('key'))
    expect(await holder.rejected(first)).toMatchObject({ reason: 'refresh-failed' })
    expect((await firstToken(holder)).id).toBe(first.id)
    writeFileSync(at('key'), 'sk-two')
    await until('sk-two')
  })

  test('finds a change by polling when the directory itself was replaced', async () => {
    mkdirSync(at('old'))
    mkdirSync(at('new'))
    writeFileSync(at('old/key'), 'sk-one')
    writeFileSync(at('new/key'), 'sk-two')
    symlinkSync('old', at('current'))
    const { holder, until } = open(at('current/key'), 20)
    await firstToken(holder)
    symlinkSync('new', at('next'))
    renameSync(at('next'), at('current'))
    await until('sk-two')
    writeFileSync(at('new/key'), 'sk-three')
    await until('sk-three')
  })

  test('sends another token as soon as a file with no key holds one', async () => {
    const { holder } = open(at('key'))
    expect(await holder.acquire()).toMatchObject({ kind: 'refused', reason: 'refresh-failed' })
    writeFileSync(at('key'), 'sk-one')
    expect((await firstToken(holder)).secret.reveal()).toBe('sk-one')
  })

  test.each<[string, () => string]>([
    ['is missing', () => at('nowhere')],
    ['is a directory', () => directory],
    [
      'is a pipe',
      () => {
        execFileSync('mkfifo', [at('pipe')])
        return at('pipe')
      },
    ],
    [
      'is a circle of links',
      () => {
        symlinkSync('b', at('a'))
        symlinkSync('a', at('b'))
        return at('a')
      },
    ],
    ['is a device', () => '/dev/zero'],
    [
      'is larger than 64 KiB',
      () => {
        writeFileSync(at('log'), 'k'.repeat(64 * 1024 + 1))
        return at('log')
      },
    ],
    [
      'is empty',
      () => {
        writeFileSync(at('empty'), '\n')
        return at('empty')
      },
    ],
    [
      'holds two lines',
      () => {
        writeFileSync(at('two'), 'sk-one\nsk-two')
        return at('two')
      },
    ],
  ])('refuses a path that %s, with a permanent TokenError', async (_name, make) => {
    const file = make()
    const source = fromFile(file)
    const error: TokenError = await Promise.resolve(source.getToken(initial())).then(
      () => {
        throw new Error('a token was given')
      },
      (thrown) => thrown,
    )
    expect(error).toBeInstanceOf(TokenError)
    expect(error.permanent).toBe(true)
    expect(error.message).toContain(file)
    expect(error.message).not.toContain('sk-')
  })

  test('stops watching when the holder is closed', async () => {
    writeFileSync(at('key'), 'sk-one')
    const { holder, events } = open(at('key'), 5)
    const control = open(at('key'), 200)
    await firstToken(holder)
    await firstToken(control.holder)
    await holder.close()
    writeFileSync(at('key'), 'sk-two')
    await control.until('sk-two')
    expect(events).toHaveLength(1)
  })

  test.each([undefined, '', 7])('refuses %p in place of a path', (file) => {
    expect(() => fromFile(file as never)).toThrow(TypeError)
  })

  test.each([{ pollMs: 0 }, { pollMs: 1.5 }, { pollMs: '5' }, { poll: 5 }])(
    'refuses the options %p',
    (options) => {
      expect(() => fromFile('/key', options as never)).toThrow(TypeError)
    },
  )
})
