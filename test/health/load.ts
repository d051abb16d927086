import http from 'node:http'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Answers a second for GETs of `path` over keep-alive connections, one request at a time on each.
 * Raw sockets, so that the client is no bottleneck of what it measures.
 */
export async function throughput(url: string, route: string, connections: number, ms: number) {
  const { hostname, port, host } = new URL(url)
  const request = `GET ${route} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  let answers = 0
  const sockets = await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<net.Socket>((resolve, reject) => {
          const socket = net.connect(Number(port), hostname, () => resolve(socket))
          socket.once('error', reject)
          socket.setNoDelay(true)
        }),
    ),
  )
  for (const socket of sockets) {
    // Every answer of both routes is shorter than one segment: one piece of data, one answer.
    socket.on('data', () => {
      answers++
      socket.write(request)
    })
    socket.write(request)
  }
  await delay(ms / 4)
  const from = answers
  const startedAt = performance.now()
  await delay(ms)
  const rate = ((answers - from) / (performance.now() - startedAt)) * 1_000
  for (const socket of sockets) socket.destroy()
  return rate
}

/** Latencies in milliseconds of requests that leave at a fixed rate, whatever the answers do. */
export async function latencies(url: string, perSecond: number, ms: number): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true })
  const taken: number[] = []
  const calls: Promise<void>[] = []
  const startedAt = performance.now()
  const total = Math.round((perSecond * ms) / 1_000)
  for (let index = 0; index < total; index++) {
    const due = startedAt + (index * 1_000) / perSecond
    const wait = due - performance.now()
    if (wait > 1) await delay(wait)
    calls.push(
      new Promise((resolve, reject) => {
        const sentAt = performance.now()
        const req = http.get(url, { agent }, (res) => {
          res.resume()
          res.once('end', () => {
            taken.push(performance.now() - sentAt)
            resolve()
          })
        })
        req.once('error', reject)
      }),
    )
  }
  await Promise.all(calls)
  agent.destroy()
  return taken
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}
