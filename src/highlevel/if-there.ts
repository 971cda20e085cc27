import { isTrouble } from '../lib/trouble.ts'

/** What the call reads; undefined when it does not exist (any more). */
export async function ifThere<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return undefined
    throw error
  }
}
