import type { IncomingMessage } from 'node:http'
import { AppError } from '../lib/errors.ts'

/**
 * How many bytes the body has at the most, told by the headers alone. Takes no content encoding, and refuses what is too
 * large before it is read.
 */
export function announcedBytes({ headers }: IncomingMessage, maxBytes: number): number {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') throw new AppError('encoding_not_supported')
  const length = headers['content-length']
  if (length === undefined) return headers['transfer-encoding'] === undefined ? 0 : maxBytes
  if (Number(length) > maxBytes) throw new AppError('too_large')
  return Number(length)
}

/**
 * The bytes of a request as they came; needs no content type. `try_later` for a sender that takes too long, `bad_request`
 * for one that goes away.
 */
export function readRawBody(
  request: IncomingMessage,
  { maxBytes, withinMs }: { maxBytes: number; withinMs: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (finish: () => void): void => {
      clearTimeout(deadline)
      request.off('data', take).off('end', end).off('close', goneAway)
      finish()
    }
    const refuse = (error: AppError) =>
      settle(() => {
        request.pause()
        reject(error)
      })
    const deadline = setTimeout(() => refuse(new AppError('try_later')), withinMs)
    const take = (chunk: Buffer): void => {
      size += chunk.length
      if (size > maxBytes) refuse(new AppError('too_large'))
      else chunks.push(chunk)
    }
    const end = () => settle(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)))
    const goneAway = () => refuse(new AppError('bad_request'))
    request.on('data', take).on('end', end).on('close', goneAway).on('error', goneAway)
  })
}
