import { judgeKey } from '../../src/key/judge'
import { findMisnamed, isNearKeyName, isOtherKey } from '../../src/key/names'

const KEY = 'sk-4b3e9c0a71d85f26e0c9b7a3d1f48265'

test.each<[string, boolean, boolean, string | undefined]>([
  ['DEEPSEEK_API_KEY', false, false, undefined],
  ['DEEPSEEK_API_KEY_FILE', false, false, undefined],
  ['DEEPSEEK_GUARD_KEY', false, false, undefined],
  ['deepseek_guard', false, false, undefined],
  ['NEXT_PUBLIC_DEEPSEEK_API_KEY', false, false, undefined],
  ['STAGING_DEEPSEEK_API_KEY', false, true, undefined],
  ['DEEPSEEK_API_KEY_OLD', false, true, undefined],
  ['DEEPSEEK_KEY_2', false, true, undefined],
  ['OPENAI_API_KEY', false, false, undefined],
  ['PATH', false, false, undefined],
  ['deepseek_api_key', true, false, 'DEEPSEEK_API_KEY certain'],
  ['DEEPSEEKAPIKEY', true, false, 'DEEPSEEK_API_KEY certain'],
  ['DEEPSEEK-API-KEY', true, false, 'DEEPSEEK_API_KEY certain'],
  ['DEEPSEK_API_KEY', true, false, 'DEEPSEEK_API_KEY likely'],
  ['DEEPSEEK_KEY', true, false, 'DEEPSEEK_API_KEY likely'],
])('%s is near: %p, another key: %p, meant as %p', (name, near, other, meant) => {
  expect([isNearKeyName(name), isOtherKey(name)]).toEqual([near, other])
  const [found] = findMisnamed([name], () => KEY)
  expect(found && `${found.meant} ${found.certainty}`).toBe(meant)
})

test('a name with nothing in it was not meant to be anything', () => {
  expect(findMisnamed(['deepseek_api_key'], () => ' ')).toEqual([])
})

test('names that are certain come before those that are likely', () => {
  const names = ['DEEPSEEK_KEY', 'deepseek_api_key', 'DEEPSEK_API_KEY', 'DEEPSEEKAPIKEY']
  const found = findMisnamed(names, () => KEY).map(({ certainty }) => certainty)
  expect(found).toEqual(['certain', 'certain', 'likely', 'likely'])
})

test.each([
  ['&quot;', '"'],
  ['&apos;', "'"],
  ['&#34;', '"'],
  ['&#x22;', '"'],
  ['&#X27;', "'"],
])('quotes that a page has written as %s are taken off with their encoding', (entity) => {
  expect(judgeKey(`${entity}${KEY}${entity}`)).toMatchObject({
    code: 'key-encoded',
    repaired: KEY,
  })
})

test.each(['&#45;', '&#x2d;', '&#X2D;', '\\x2d', '\\u002d'])(
  'a key whose dash is written as %s is decoded',
  (dash) => {
    expect(judgeKey(KEY.replace('-', dash))).toMatchObject({ code: 'key-encoded', repaired: KEY })
  },
)
