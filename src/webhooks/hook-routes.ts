import { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express'
import { noteHookUse } from '../connections/hook-store.ts'
import { readRawBody } from '../http/read-raw-body.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { type CalledHook, type FindHookDeps, findHook } from './find-hook.ts'
import type { Intake } from './intake.ts'
import { type HookCall, type PrepareHookDeps, prepareHook } from './prepare-hook.ts'
import { storeInTime } from './store-in-time.ts'

export type HookRouteDeps = FindHookDeps & PrepareHookDeps & { intake: Intake; log: Logger }

const MAX_BYTES = 256 * 1024
const USE_NOTED_EVERY_MS = 60_000
/** Once the partner uses a newer address, those before it count for so long. */
const GRACE_MS = 3_600_000

/**
 * Where partners call. Read, checked, stored and answered, in this order, and nobody is called in between. Whatever is
 * wrong with an address is answered alike. The address holds a secret: it is in no log, error or audit entry.
 */
export function hookRoutes(deps: HookRouteDeps): Router {
  const receive: RequestHandler<{ connectionId: string; secret: string }> = async (request, response) => {
    const body = await readRawBody(request, MAX_BYTES)
    await storeInTime(deps.log, response, keep(deps, request.params, { body, ...namesOf(request) }))
    response.status(200).json({ received: true })
  }
  return Router().post('/hooks/:connectionId/:secret', receive).use('/hooks', hideReason)
}

async function keep(
  deps: HookRouteDeps,
  address: { connectionId: string; secret: string },
  call: HookCall,
): Promise<void> {
  const hook = await findHook(deps, { ...address, headers: call.headers })
  if (!hook) throw new AppError('not_found')
  await deps.intake(await prepareHook(deps, hook, call))
  await noteUse(deps, hook)
}

/** The delivery is safe already: a failure here is nobody's business but the log's. */
async function noteUse(deps: HookRouteDeps, hook: CalledHook): Promise<void> {
  const now = deps.now()
  if (hook.lastUsedAt && now - hook.lastUsedAt.getTime() < USE_NOTED_EVERY_MS) return
  const times = { at: new Date(now), othersEnd: new Date(now + GRACE_MS) }
  const noteFailure = (error: unknown) => deps.log.warn({ error }, 'the use of a hook was not noted')
  await noteHookUse(deps.system, hook, times).catch(noteFailure)
}

/** What came once under its name; what came twice is nothing that we asked for. */
function namesOf({ headers, query }: Request<object>): Pick<HookCall, 'headers' | 'query'> {
  const plain = (values: object): Record<string, string> =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([, value]) => typeof value === 'string')
        .map(([name, value]) => [name.toLowerCase(), value]),
    )
  return { headers: plain(headers), query: plain(query) }
}

/** An address that does not even decode is no other than a wrong one. */
const hideReason: ErrorRequestHandler = (error, _request, _response, next) =>
  next(isAppError(error) || !(error instanceof URIError) ? error : new AppError('not_found'))
