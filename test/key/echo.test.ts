import { diagnose } from '../../src/diagnosis/diagnose'
import { echoIn, GUARD_PLACEHOLDER, judgeTail, keyEcho } from '../../src/key/echo'

const KEY = 'sk-5f0c1ab97de24c5891f3b6470d2e8ca4'
const refusal = (tail: string): string =>
  `Authentication Fails, Your api key: ****${tail} is invalid`
const answered = (tail: string) => ({ response: { status: 401, headers: {}, body: refusal(tail) } })

test.each([
  ['8ca4', 'match'],
  ['77fe', 'mismatch'],
  ['mple', 'placeholder'],
  ['_KEY', 'placeholder'],
  ['ined', 'placeholder'],
  ['uard', 'placeholder'],
])('the log calls the echo ****%s a %s', (tail, word) => {
  expect(keyEcho(refusal(tail), KEY)).toBe(word)
})

test('a text without an echo is none', () => {
  expect(keyEcho('Authentication Fails (governor)', KEY)).toBe('none')
})

test.each(['mple', 'here', 'ired', 'MPTY', 'lama'])(
  'log and diagnosis both take ****%s for sample text',
  (tail) => {
    expect(judgeTail(tail)?.cause).toBe('key-placeholder')
    expect(diagnose(answered(tail)).cause).toBe('key-placeholder')
  },
)

test('no end that a DeepSeek key can have is taken for sample text', () => {
  const digits = '0123456789abcdef'
  for (let i = 0; i < 4096; i++) {
    const tail = [0, 1, 2, 3].map((place) => digits[(i * 7 + place * 5) % 16]).join('')
    expect(judgeTail(tail)).toBeUndefined()
  }
})

test('an echo that a terminal broke into lines is read', () => {
  expect(echoIn('Authentication \nFails, Your api key: ****8ca4 is \ninvalid')).toBe('8ca4')
})

test.each([
  ['as its echo', answered('uard')],
  [
    'as the key that was sent',
    {
      request: { headers: { authorization: `Bearer ${GUARD_PLACEHOLDER}` } },
      ...answered('uard'),
    },
  ],
])('the placeholder of the guard seen %s is a client without its fetch', (_, evidence) => {
  const diagnosis = diagnose(evidence)
  expect(diagnosis).toMatchObject({ cause: 'credential-not-attached', confidence: 'certain' })
  expect(diagnosis.fix.text).toMatch(/fetch/)
})
