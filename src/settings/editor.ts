import type { Request } from 'express'
import type { z } from 'zod'
import type { Actor } from '../audit/audit-entry.ts'
import { AppError } from '../lib/errors.ts'
import { readSession, type Session, type SessionDeps } from './open-session.ts'

/** Whoever sent the request, if he may change something. */
export async function readEditor(deps: SessionDeps, request: Request): Promise<Session> {
  const session = await readSession(deps, request.get('authorization'))
  if (!session.canChange) throw new AppError('not_allowed')
  return session
}

export const actorOf = (session: Session, request: Request): Actor => ({
  kind: 'user',
  id: session.userId,
  ...(request.ip && { origin: request.ip }),
})

export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new AppError('bad_request')
  return parsed.data
}
