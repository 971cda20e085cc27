import { isTrouble } from '../../lib/trouble.ts'
import type { WriteAround } from './side.ts'

/** Claims a record that was found; false where it is another one's counterpart. */
export async function isFree(claim: WriteAround['claim'], id: string): Promise<boolean> {
  try {
    await claim(id)
    return true
  } catch (error) {
    if (isTrouble(error) && error.code === 'conflict') return false
    throw error
  }
}
