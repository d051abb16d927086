import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createClient } from 'redis'
import { redisStore } from '../../src/store/redis'
import { storeContract } from '../../src/testing'
import { startRedis, testWithRedis } from './redis-server'

const readme = readFileSync(path.resolve(__dirname, '../../README.md'), 'utf8')

/** The line of the README, word by word. */
function aclLine(): string[] {
  const line = /^ACL SETUSER .*$/m.exec(readme)?.[0]
  if (line === undefined) throw new Error('The README has no ACL line.')
  return line.split(/\s+/)
}

testWithRedis('a user with the rights of the README’s line can do all that is needed', async () => {
  const server = await startRedis()
  const admin = await createClient({ url: server.url }).connect()
  const [command, subcommand, user = '', ...rules] = aclLine()
  expect([command, subcommand]).toEqual(['ACL', 'SETUSER'])
  const password = rules.find((rule) => rule.startsWith('>'))?.slice(1)
  await admin.sendCommand(['ACL', 'SETUSER', user, ...rules])
  const client = createClient({ url: server.url, username: user, password })
  await client.connect()
  await storeContract(() => redisStore(client))
  await expect(client.get('of somebody else')).rejects.toThrow(/NOPERM/)
  await expect(client.flushAll()).rejects.toThrow(/NOPERM/)
  client.destroy()
  admin.destroy()
  await server.stop()
})
