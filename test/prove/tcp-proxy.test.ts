import { Agent, get } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listen } from '../support/listen.ts'
import { openProxy, type TcpProxy } from './tcp-proxy.ts'

/** A proof is worth what its faults are worth. */
let far: Awaited<ReturnType<typeof listen>>
let proxy: TcpProxy
let asked = 0

beforeAll(async () => {
  far = await listen((_request, response) => {
    asked++
    response.end('x'.repeat(2000))
  })
  proxy = await openProxy(far.url)
})
beforeEach(() => {
  proxy.set({})
  proxy.reset()
  asked = 0
})
afterAll(async () => {
  proxy.close()
  await far.close()
})

/** Milliseconds, or why there was no answer. On a connection of its own, unless it is given whose to use. */
const ask = (patienceMs = 400, agent: Agent | false = false): Promise<number | string> =>
  new Promise((resolve) => {
    const startedAt = performance.now()
    const asking = get(proxy.url, { agent, signal: AbortSignal.timeout(patienceMs) }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(performance.now() - startedAt))
      answer.on('error', ({ name }) => resolve(name))
    })
    asking.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name))
  })

test('without toxics everything passes', async () => {
  expect(await ask(5000)).toEqual(expect.any(Number))
})

test('latency and bandwidth make an answer late', async () => {
  proxy.set({ latencyMs: 150 })
  expect(await ask(5000)).toBeGreaterThan(145)
  proxy.set({ bytesPerSecond: 10_000 })
  expect(await ask(5000)).toBeGreaterThan(145)
})

test('a black hole says nothing, and lets go of what it held', async () => {
  proxy.set({ blackHole: true })
  const waiting = ask(5000)
  expect(await ask(200)).toBe('ABORT_ERR')
  proxy.set({})
  expect(await waiting).toEqual(expect.any(Number))
})

test('refused connections are reset', async () => {
  proxy.set({ refuse: true })
  expect(await ask(5000)).toBe('ECONNRESET')
  expect(asked).toBe(0)
})

test('a lost answer is one to a request that had its effect', async () => {
  proxy.loseAnswers(1)
  expect(await ask(5000)).toBe('ECONNRESET')
  expect(asked).toBe(1)
  expect(proxy.lost()).toBe(1)
})

test('forgotten connections carry nothing, new ones do', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  expect(await ask(5000, agent)).toEqual(expect.any(Number))
  proxy.forget()
  expect(await ask(200, agent)).toBe('ABORT_ERR')
  expect(await ask(5000)).toEqual(expect.any(Number))
  agent.destroy()
})
