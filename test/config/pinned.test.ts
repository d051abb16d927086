import { checkEnv } from '../../src/config/load-config'
import { layOut, leaveSurroundings, readBootCases } from '../boot-case'
import { expectPinned, figuresOf } from '../pinned'

beforeAll(leaveSurroundings)

test('what is found at each start does not change unnoticed', () => {
  const lines = readBootCases('code')
    .filter(({ nodeArgs }) => !nodeArgs)
    .map((bootCase) => {
      const { cwd, env, remove } = layOut(bootCase)
      const { findings, ...rest } = checkEnv(env, { cwd, ...bootCase.options })
      remove()
      const outlines = findings.map(
        ({ code, severity, variable, origin, validAfterFix, ...more }) =>
          [
            `${code} ${severity} ${variable ?? '-'}`,
            origin === undefined ? '' : JSON.stringify(origin).replaceAll(cwd, '.'),
            ...(validAfterFix === undefined ? [] : [`valid after: ${validAfterFix}`]),
            more.fix.command === undefined ? '' : 'command',
            figuresOf(more.evidence.map((line) => line.replaceAll(cwd, '.'))),
          ].join(' '),
      )
      return [bootCase.id, Object.keys(rest).sort().join(','), ...outlines].join(' | ')
    })
  expectPinned('boot', lines)
})
