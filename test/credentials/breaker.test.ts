import {
  admitProbe,
  closedBreaker,
  isTripped,
  openSince,
  refuse,
} from '../../src/credentials/token-slot'

describe('the breaker of a token', () => {
  test('opens with the third refusal, for 30 seconds', () => {
    const two = refuse(refuse(closedBreaker, 1, false), 2, false)
    expect(two.kind).toBe('closed')
    expect(refuse(two, 3, false)).toEqual({ kind: 'open', refusals: 3, at: 3, until: 30_003 })
  })

  test('opens at once for a certain refusal, which is not three in a row', () => {
    const open = refuse(closedBreaker, 5, true)
    expect(open).toMatchObject({ kind: 'open', until: 30_005 })
    expect(isTripped(open)).toBe(false)
  })

  test('admits one probe each time the wait is over', () => {
    const open = openSince(0)
    expect(admitProbe(open, 29_999)).toBeUndefined()
    const probed = admitProbe(open, 30_000)
    expect(probed).toMatchObject({ kind: 'open', until: 60_000 })
    expect(probed && admitProbe(probed, 59_999)).toBeUndefined()
  })

  test('has nothing to admit while it is closed', () => {
    expect(admitProbe(closedBreaker, 1)).toBeUndefined()
  })

  test('waits anew after a refused probe', () => {
    expect(refuse(openSince(0), 31_000, false)).toMatchObject({ kind: 'open', until: 61_000 })
  })
})
