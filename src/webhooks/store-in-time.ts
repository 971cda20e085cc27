import type { Response } from 'express'
import { AppError, isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'

/** Every published retry policy of the platform repeats on a 429; partners publish none, and have nothing better to go by. */
const RETRY_AFTER_SECONDS = 30
/** An answer within two seconds, whatever the database does and however busy the machine is. */
const DEADLINE_MS = 1500

/** What cannot be stored in time is asked for again. What was refused for what it is stays refused. */
export async function storeInTime<T>(log: Logger, response: Response, work: Promise<T>): Promise<T> {
  try {
    return await within(DEADLINE_MS, work)
  } catch (error) {
    if (isAppError(error)) throw error
    log.warn({ error }, 'a delivery could not be stored; the sender is asked to repeat it')
    response.setHeader('retry-after', RETRY_AFTER_SECONDS)
    throw new AppError('try_later')
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The store did not answer in time.')), milliseconds)
  })
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer))
}
