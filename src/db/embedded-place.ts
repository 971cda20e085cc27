import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { canReach, isRoot, type ServerUser } from './embedded-user.ts'

/** A folder that outlives us and that the server's user can reach, for what it cannot reach where it is. */
export function findReachablePlace(user: ServerUser): string {
  const parents = isRoot() ? ['/var/lib', '/var/tmp'] : [join(homedir(), '.cache'), '/var/tmp']
  const place = parents.map((parent) => join(parent, `causeway-${process.getuid?.()}`)).find((folder) => isOurs(folder))
  if (!place || !canReach(user, place)) {
    throw new Error(`Postgres needs a folder that user ${user.uid} can reach; tried ${parents.join(' and ')}`)
  }
  return place
}

/** In a folder everyone may write to, somebody else may have been there first. */
function isOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true })
    if (statSync(folder).uid !== process.getuid?.()) return false
    chmodSync(folder, 0o755)
    return true
  } catch {
    return false
  }
}
