import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a network does to those who talk through it. What is left out does not happen. */
export type Toxics = {
  /** New connections are reset. */
  refuse?: boolean
  /** Nothing is carried, either way, and nobody is told; what was held back goes on when it is over. */
  blackHole?: boolean
  /** Each piece of an answer comes so much later. */
  latencyMs?: number
  /** Of answers. */
  bytesPerSecond?: number
}

/** Between two parties that talk over TCP. */
export type TcpProxy = {
  /** The address of the far side, with the proxy in its place. */
  url: string
  /** In place of those in force, for open connections as well. `{}` ends them all. */
  set(toxics: Toxics): void
  /** Resets every open connection. */
  reset(): void
  /** Open connections carry nothing any more and nobody is told, as when a router forgets them; new ones work. */
  forget(): void
  /** So many answers are lost: the far side did its work, and the near side is reset at the first word of it. */
  loseAnswers(count: number): void
  /** How many were lost so far. */
  lost(): number
  close(): void
}

type Pair = { near: Socket; far: Socket; forgotten: boolean }

export async function openProxy(farUrl: string): Promise<TcpProxy> {
  const target = new URL(farUrl)
  const pairs = new Set<Pair>()
  let toxics: Toxics = {}
  let lifted = Promise.withResolvers<void>()
  let answersToLose = 0
  let answersLost = 0

  const server = createServer((near) => {
    near.on('error', () => near.destroy())
    if (toxics.refuse) return near.resetAndDestroy()
    const pair: Pair = { near, far: connect(Number(target.port), target.hostname), forgotten: false }
    pair.far.on('error', () => pair.far.destroy())
    pairs.add(pair)
    carry(pair, pair.near, pair.far, false)
    carry(pair, pair.far, pair.near, true)
  })

  /** In order, each piece when its time has come. */
  function carry(pair: Pair, from: Socket, to: Socket, isAnswer: boolean): void {
    let before: Promise<void> = Promise.resolve()
    from.on('data', (piece) => {
      const due = performance.now() + ((isAnswer && toxics.latencyMs) || 0)
      if (isAnswer && answersToLose > 0) {
        answersToLose--
        answersLost++
        return end(pair)
      }
      from.pause()
      before = before.then(() => pass(pair, to, piece, due, isAnswer)).then(() => void from.resume())
    })
    from.on('end', () => void before.then(() => pair.forgotten || to.end()))
    from.on('close', () => {
      pairs.delete(pair)
      void before.then(() => pair.forgotten || to.destroy())
    })
  }
  async function pass(pair: Pair, to: Socket, piece: Buffer, due: number, isAnswer: boolean): Promise<void> {
    const wait = due - performance.now()
    if (wait > 0) await sleep(wait)
    while (toxics.blackHole) await lifted.promise
    if (pair.forgotten || to.destroyed) return
    const perSecond = isAnswer ? toxics.bytesPerSecond : undefined
    if (!perSecond) return write(to, piece)
    const step = Math.max(1, Math.ceil(perSecond / 20))
    for (let at = 0; at < piece.length && !to.destroyed; at += step) {
      await write(to, piece.subarray(at, at + step))
      await sleep(50)
    }
  }
  const end = (pair: Pair): void => {
    pairs.delete(pair)
    for (const socket of [pair.near, pair.far]) socket.resetAndDestroy()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(farUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href.replace(/\/$/, ''),
    set: (next) => {
      toxics = next
      if (next.blackHole) return
      lifted.resolve()
      lifted = Promise.withResolvers<void>()
    },
    reset: () => [...pairs].forEach(end),
    forget: () => {
      for (const pair of pairs) {
        pair.forgotten = true
        pair.far.destroy()
      }
    },
    loseAnswers: (count) => {
      answersToLose = count
    },
    lost: () => answersLost,
    close: () => {
      server.close()
      ;[...pairs].forEach(end)
    },
  }
}

/** A socket that closes while it is full never drains. */
async function write(to: Socket, piece: Buffer): Promise<void> {
  if (to.destroyed || to.write(piece)) return
  await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => {})
}
