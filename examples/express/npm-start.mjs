// @ts-check
// What `npm start` runs: the example, and one thing that a program under npm needs. npm hands
// SIGTERM to its shell, which ends without passing it on; a parent that has changed tells so.
import './server.mjs'

const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 200).unref()
