// Loaded before a README snippet: a server that the snippet starts listens on a free port, is asked
// for its health once and is then ended; a snippet without a server ends by itself.
import { Server } from 'node:http'

const listen = Server.prototype.listen

Server.prototype.listen = function patched(...args) {
  const callback = args.findLast((arg) => typeof arg === 'function')
  return listen.call(this, 0, '127.0.0.1', async () => {
    callback?.()
    const { port } = this.address()
    const answer = await fetch(`http://127.0.0.1:${port}/health/deepseek`)
    process.exit([200, 503].includes(answer.status) ? 0 : 1)
  })
}
