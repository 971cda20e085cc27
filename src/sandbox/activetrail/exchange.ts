import type { Response } from 'express'
import { Refusal } from './refusal.ts'
import type { Account, World } from './state.ts'

export const accountOf = (response: Response): Account => response.locals.account

/** PUT and DELETE answer nothing or the object; the real one has been seen to do either. */
export function answerWrite(world: World, response: Response, view: Record<string, unknown>): void {
  if (world.state.modes.writeAnswers === 'object') response.json(view)
  else response.status(204).end()
}

export function idOf(value: unknown): number {
  if (typeof value !== 'string' || !/^\d{1,10}$/.test(value)) throw new Refusal('ResourceNotFound')
  return Number(value)
}
