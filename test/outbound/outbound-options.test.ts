import { type OutboundOptions, resolveOutboundOptions } from '../../src/outbound/outbound-options'

describe('outbound options', () => {
  it('have their defaults', () => {
    const defaults = {
      fetch: undefined,
      origins: undefined,
      maxReplayBytes: 1_048_576,
      refreshTimeoutMs: 10_000,
      callerAuthorization: 'replace',
      stallMs: 60_000,
      abortStalled: false,
    }
    expect(resolveOutboundOptions()).toEqual(defaults)
    expect(resolveOutboundOptions({})).toEqual(defaults)
    expect(resolveOutboundOptions({ maxReplayBytes: undefined })).toEqual(defaults)
  })

  it('are taken over, origins in their plain form', () => {
    const transport = async () => new Response('')
    const given: OutboundOptions = Object.freeze({
      fetch: transport,
      origins: Object.freeze(['https://Gateway.example/', 'http://10.0.0.1:8080']) as string[],
      maxReplayBytes: 0,
      refreshTimeoutMs: 1,
      callerAuthorization: 'keep' as const,
      stallMs: 5,
      abortStalled: true,
    })
    expect(resolveOutboundOptions(given)).toEqual({
      ...given,
      origins: ['https://gateway.example', 'http://10.0.0.1:8080'],
    })
  })

  it.each([
    [{ maxReplayByte: 1 }, /outbound\.maxReplayByte.*outbound\.maxReplayBytes/],
    [{ callerAuthorisation: 'keep' }, /outbound\.callerAuthorization/],
    [{ fetch: 'x' }, /outbound\.fetch/],
    [{ origins: 'https://a.example' }, /outbound\.origins/],
    [{ origins: ['https://a.example/v1'] }, /outbound\.origins.*exact origin/],
    [{ origins: ['a.example'] }, /outbound\.origins/],
    [{ origins: ['https://user:secret@a.example'] }, /outbound\.origins/],
    [{ origins: ['ftp://a.example'] }, /outbound\.origins/],
    [{ maxReplayBytes: -1 }, /outbound\.maxReplayBytes/],
    [{ maxReplayBytes: '1' }, /outbound\.maxReplayBytes/],
    [{ refreshTimeoutMs: 0 }, /outbound\.refreshTimeoutMs/],
    [{ refreshTimeoutMs: 1.5 }, /outbound\.refreshTimeoutMs/],
    [{ callerAuthorization: 'drop' }, /outbound\.callerAuthorization/],
  ])('%j is a TypeError that names the option', (options, words) => {
    expect(() => resolveOutboundOptions(options as never)).toThrow(words)
  })

  it('never repeat a value that may hold a password', () => {
    const options = { origins: ['https://user:hunter2@a.example'] }
    expect(() => resolveOutboundOptions(options)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})
