import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type ServerUser = { uid: number; gid: number }

/** Postgres refuses to run as root: root lends it somebody unprivileged, everybody else is themselves. */
export function findServerUser(): ServerUser {
  if (!isRoot()) return ourselves()
  const users = listUsers()
  const user = users.get('postgres') ?? users.get('nobody')
  if (!user) throw new Error('Postgres does not run as root, and there is neither a user "postgres" nor "nobody"')
  return user
}

export const ourselves = (): ServerUser => ({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 })

export const isRoot = (): boolean => process.getuid?.() === 0

/** Whether this user gets into the folder; a checkout in /root, say, is closed to everyone else. */
export function canReach(user: ServerUser, folder: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0
}

function listUsers(): Map<string, ServerUser> {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  return new Map(lines.map((line) => line.split(':')).map(([name = '', , uid, gid]) => [name, ids(uid, gid)]))
}

const ids = (uid: string | undefined, gid: string | undefined): ServerUser => ({ uid: Number(uid), gid: Number(gid) })
