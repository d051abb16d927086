import { wantsColor } from '../../src/cli/output'

test.each([
  ['a terminal', {}, true, true],
  ['a pipe', {}, false, false],
  ['NO_COLOR on a terminal', { NO_COLOR: '1' }, true, false],
  ['an empty NO_COLOR means unset', { NO_COLOR: '' }, true, true],
  ['a dumb terminal', { TERM: 'dumb' }, true, false],
  ['FORCE_COLOR into a pipe', { FORCE_COLOR: '1' }, false, true],
  ['FORCE_COLOR=0 on a terminal', { FORCE_COLOR: '0' }, true, false],
  ['FORCE_COLOR wins over NO_COLOR, as in Node', { FORCE_COLOR: '3', NO_COLOR: '1' }, false, true],
] as const)('colours: %s', (_name, env, isTerminal, expected) => {
  expect(wantsColor(env, () => isTerminal)).toBe(expected)
})
