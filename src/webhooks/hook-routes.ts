import { type Request, Router } from 'express'
import { noteHookUse } from '../connections/hook-store.ts'
import { type CalledHook, type FindHookDeps, findHook } from './find-hook.ts'
import { type HookCall, type PrepareHookDeps, prepareHook } from './prepare-hook.ts'
import { createWebhookDoor, type DoorDeps, type DoorKind, Unwelcome } from './webhook-door.ts'

export type HookRouteDeps = DoorDeps & FindHookDeps & PrepareHookDeps

/** `/hooks/:connectionId/:secret`, as it was sent: what had to be decoded is no address of ours. */
const ADDRESS = /^\/hooks\/[^/]+\/[^/]+$/

const USE_NOTED_EVERY_MS = 60_000
/** Once the partner uses a newer address, those before it count for so long. */
const GRACE_MS = 3_600_000

/**
 * Where partners call. Whatever is wrong with an address is answered alike. The address holds a secret: it is in no log,
 * error or audit entry.
 */
export const hookRoutes = (deps: HookRouteDeps): Router =>
  Router({ strict: true }).post(ADDRESS, createWebhookDoor(deps, hookDoor(deps)))

const hookDoor = (deps: HookRouteDeps): DoorKind<Request, Omit<HookCall, 'body'>> => ({
  source: () => 'partners',
  screen: namesOf,
  prepare: async ({ path }, body, call) => {
    const [connectionId = '', secret = ''] = path.split('/').slice(2)
    const hook = await findHook(deps, { connectionId, secret, headers: call.headers })
    if (!hook) throw new Unwelcome('unknown_address')
    const delivery = await prepareHook(deps, hook, { ...call, body })
    await noteUse(deps, hook)
    return delivery
  },
})

/** The delivery matters more: a failure here is nobody's business but the log's. */
async function noteUse(deps: HookRouteDeps, hook: CalledHook): Promise<void> {
  const now = deps.now()
  if (hook.lastUsedAt && now - hook.lastUsedAt.getTime() < USE_NOTED_EVERY_MS) return
  const times = { at: new Date(now), othersEnd: new Date(now + GRACE_MS) }
  const noteFailure = (error: unknown) => deps.log.warn({ error }, 'the use of a hook was not noted')
  await noteHookUse(deps.system, hook, times).catch(noteFailure)
}

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
