// Loaded before a README snippet: a server on port 3000 listens on a free port instead, is asked for
// its health once, and the snippet is over; a snippet without such a server ends by itself.
import { Server } from 'node:http'

const listen = Server.prototype.listen

Server.prototype.listen = function patched(...args) {
  if (args[0] !== 3000) return listen.apply(this, args)
  const callback = args.findLast((arg) => typeof arg === 'function')
  return listen.call(this, 0, '127.0.0.1', async () => {
    callback?.()
    const { port } = this.address()
    const answer = await fetch(`http://127.0.0.1:${port}/health/deepseek`)
    process.exit([200, 503].includes(answer.status) ? 0 : 1)
  })
}
