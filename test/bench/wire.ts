import { connect, type Socket } from 'node:net'

/**
 * One keep-alive connection that posts what was made beforehand and reads no more of an answer than where it ends: on a
 * machine that also runs what is measured, the sender must cost little.
 */
export type Wire = {
  /** The status of the answer; rejects when the connection ends before. */
  send(request: Buffer): Promise<number>
  close(): void
}

const HEAD_END = Buffer.from('\r\n\r\n')
const LENGTH = /\r\ncontent-length: (\d+)/i

export async function openWire(port: number): Promise<Wire> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let received: Buffer = Buffer.alloc(0)
  let waiting: { answered: (status: number) => void; failed: (error: Error) => void } | undefined
  const fail = (): void => waiting?.failed(new Error('The connection ended.'))
  socket.on('error', () => {}).on('close', fail)
  socket.on('data', (bytes: Buffer) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
    const end = endOfAnswer(received)
    if (end === undefined) return
    const status = Number(received.subarray(9, 12).toString('latin1'))
    received = received.subarray(end)
    waiting?.answered(status)
  })
  return {
    send: (request) =>
      new Promise((answered, failed) => {
        waiting = { answered, failed }
        if (socket.destroyed) fail()
        else socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

/** Where the first answer ends, once all of it is there. */
function endOfAnswer(bytes: Buffer): number | undefined {
  const head = bytes.indexOf(HEAD_END)
  if (head === -1) return undefined
  const length = LENGTH.exec(bytes.subarray(0, head).toString('latin1'))?.[1]
  const end = head + HEAD_END.length + Number(length ?? 0)
  return bytes.length >= end ? end : undefined
}
