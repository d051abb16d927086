import { tmpdir } from 'node:os'
import fc from 'fast-check'
import type { CheckArguments } from '../../src/cli/arguments'
import { check } from '../../src/cli/check'

const SAMPLES = 500
const before = process.cwd()
beforeAll(() => process.chdir(tmpdir()))
afterAll(() => process.chdir(before))

const letters = (...from: string[]) => fc.constantFrom(...from.join(''))
/**
 * No word of ours has five of these in a row, and no fingerprint, date or duration has any of them:
 * a digit would sooner or later match one by chance.
 */
const secret = fc.string({
  unit: letters('QXZJKVW', 'qxzjkvw'),
  minLength: 12,
  maxLength: 40,
})
const damage: ((text: string) => string)[] = [
  (text) => text,
  (text) => `sk-${text}`,
  (text) => `"sk-${text}"`,
  (text) => `Bearer sk-${text}`,
  (text) => ` sk-${text}\n`,
  (text) => `sk-${text}sk-${text}`,
  (text) => `sk-${text.slice(0, 6)}\u200b${text.slice(6)}`,
  (text) => `sk-${text.slice(0, 6)} ${text.slice(6)}`,
  (text) => Buffer.from(`sk-${text}`).toString('base64'),
  (text) => `DEEPSEEK_API_KEY=sk-${text}`,
  (text) => `https://user:${text}@api.deepseek.com/${text}`,
  (text) => `https://gateway.example.com/${text}?key=${text}`,
  (text) => `/run/secrets/${text}`,
  (text) => `$\{${text}}`,
]
const variable = fc.constantFrom(
  'DEEPSEEK_API_KEY',
  'DEEPSEEK_API_KEY_FILE',
  'DEEPSEEK_BASE_URL',
  'DEEPSEEK_MODEL',
  'DEEPSEEK_KEY',
  'NEXT_PUBLIC_DEEPSEEK_API_KEY',
  'DEEPSEEK_GUARD_POLICY',
  'DEEPSEEK_GUARD_ORIGINS',
  'DEEPSEEK_GUARD_HEALTH_TOKEN',
  'DEEPSEEK_GUARD_STORE_SECRET',
)
const setting = fc.tuple(variable, secret, fc.constantFrom(...damage))

test(`no part of a value longer than four characters is printed, over ${SAMPLES} environments`, async () => {
  const property = fc.asyncProperty(
    fc.array(setting, { minLength: 1, maxLength: 5 }),
    fc.boolean(),
    async (settings, json) => {
      const env: Record<string, string> = { DEEPSEEK_GUARD_TERMINATION_LOG: '/dev/null' }
      for (const [name, text, damaged] of settings) env[name] = damaged(text)
      let printed = ''
      const write = (text: string): void => {
        printed += text
      }
      const args: CheckArguments = { command: 'check', online: false, json, failOn: 'error' }
      await check(args, env, { out: write, err: write, color: false })
      expect(printed).not.toBe('')
      for (const [, text] of settings) {
        for (let at = 0; at + 5 <= text.length; at += 1) {
          expect(printed.includes(text.slice(at, at + 5))).toBe(false)
        }
      }
    },
  )
  await fc.assert(property, { numRuns: SAMPLES })
}, 120_000)
