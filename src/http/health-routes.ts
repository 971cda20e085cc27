import { type RequestHandler, Router } from 'express'
import type { SystemDb } from '../db/database.ts'

export type HealthDeps = {
  system: SystemDb
  isStopping(): boolean
  /** Why deliveries cannot be stored, although the database may answer. */
  storeTrouble(): string | undefined
}

/** `/healthz`: the process runs. `/readyz`: it can do its work, and is not being stopped. */
export function healthRoutes(deps: HealthDeps): Router {
  const health: RequestHandler = (_request, response) => {
    response.json({ status: 'ok' })
  }
  const ready: RequestHandler = async (_request, response) => {
    const reason = deps.isStopping() ? 'stopping' : ((await databaseTrouble(deps.system)) ?? deps.storeTrouble())
    response.status(reason ? 503 : 200).json(reason ? { status: 'not ready', reason } : { status: 'ready' })
  }
  return Router().get('/healthz', health).get('/readyz', ready)
}

async function databaseTrouble(system: SystemDb): Promise<string | undefined> {
  try {
    await system.sql.raw('select 1').timeout(1500)
    return undefined
  } catch {
    return 'database'
  }
}
