import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

jest.setTimeout(60_000)

test('the examples are well typed', () => {
  const tsc = join(__dirname, '../../node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', __dirname], { encoding: 'utf8' })
  expect(stdout).toBe('')
})
