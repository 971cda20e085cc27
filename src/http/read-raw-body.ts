import type { IncomingMessage } from 'node:http'
import { AppError } from '../lib/errors.ts'

/**
 * The bytes of a request as they came. Needs no content type, takes no content encoding, and refuses what is too large
 * before it is read.
 */
export async function readRawBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') throw new AppError('encoding_not_supported')
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new AppError('too_large')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > maxBytes) throw new AppError('too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
