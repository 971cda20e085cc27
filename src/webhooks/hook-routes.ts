import { type Request, Router } from 'express'
import { type FindHookDeps, findHook } from './find-hook.ts'
import { createNoteUse, type NoteUse } from './note-use.ts'
import { type HookCall, type PrepareHookDeps, prepareHook } from './prepare-hook.ts'
import { createWebhookDoor, type DoorDeps, type DoorKind, Unwelcome } from './webhook-door.ts'

export type HookRouteDeps = DoorDeps & FindHookDeps & PrepareHookDeps

/** `/hooks/:connectionId/:secret`, as it was sent: what had to be decoded is no address of ours. */
const ADDRESS = /^\/hooks\/[^/]+\/[^/]+$/

/**
 * Where partners call. Whatever is wrong with an address is answered alike. The address holds a secret: it is in no log,
 * error or audit entry.
 */
export const hookRoutes = (deps: HookRouteDeps): Router =>
  Router({ strict: true }).post(ADDRESS, createWebhookDoor(deps, hookDoor(deps, createNoteUse(deps))))

const hookDoor = (deps: HookRouteDeps, noteUse: NoteUse): DoorKind<Request, Omit<HookCall, 'body'>> => ({
  source: () => 'partners',
  screen: namesOf,
  prepare: async ({ path }, body, call) => {
    const [connectionId = '', secret = ''] = path.split('/').slice(2)
    const hook = await findHook(deps, { connectionId, secret, headers: call.headers })
    if (!hook) throw new Unwelcome('unknown_address')
    const delivery = await prepareHook(deps, hook, { ...call, body })
    await noteUse(hook)
    return delivery
  },
})

/** What came once under its name; what came twice is nothing that we asked for. */
function namesOf({ headers, query }: Request): Omit<HookCall, 'body'> {
  const plain = (values: object): Record<string, string> =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([, value]) => typeof value === 'string')
        .map(([name, value]) => [name.toLowerCase(), value]),
    )
  return { headers: plain(headers), query: plain(query) }
}
