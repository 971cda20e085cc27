import type { Response } from 'express'
import { newTraceId } from './ids.ts'

/** Every answer of the API carries a traceId, refusals included. */
export const answer = (res: Response, status: number, body: object): void => {
  res.status(status).json({ ...body, traceId: newTraceId() })
}
