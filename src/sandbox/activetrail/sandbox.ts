import express, { type Express } from 'express'
import type { Clock } from '../../lib/clock.ts'
import { controlRoutes } from '../support/control-routes.ts'
import { createFaults } from '../support/faults.ts'
import { createPersistedState } from '../support/persisted-state.ts'
import { createRecorder } from '../support/recorder.ts'
import { apiRoutes } from './api.ts'
import { type ActiveTrailControl, createControl } from './control.ts'
import { createHookSender } from './hook-sender.ts'
import { pageRoutes } from './page.ts'
import { seedAccount } from './seed.ts'
import { emptyState, type World } from './state.ts'

export type ActiveTrailSandbox = {
  /** The API under `/api`, as on the real host, and a page for people at `/`. */
  handler: Express
  /** The seeded account's access token. */
  token: string
  control: ActiveTrailControl
  /** Writes what is still unwritten. */
  close(): Promise<void>
}

/** `hookTimeoutMs`: how long an answer to its calls is waited for, where a busy machine is not to lose any. */
export function createActiveTrailSandbox(
  options: { stateFile?: string; now?: Clock; hookTimeoutMs?: number } = {},
): ActiveTrailSandbox {
  const now = options.now ?? Date.now
  const { state, changed, flush } = createPersistedState(options.stateFile, emptyState)
  const hooks = createHookSender(() => state.modes.webhooks === 'silent', options.hookTimeoutMs)
  const world: World = { state, changed, now: () => now() + state.clockOffsetMs, hooks: hooks.sender }
  const account = state.accounts[0] ?? seedAccount(world)
  const faults = createFaults()
  const recorder = createRecorder(world.now)
  const control = createControl({ world, faults, recorder, hooks: hooks.control })

  const handler = express()
  handler.disable('x-powered-by')
  handler.use('/api', express.text({ type: () => true, limit: '5mb' }), recorder.middleware, faults.middleware)
  handler.use('/api', apiRoutes(world))
  handler.use(controlRoutes(control))
  handler.use(pageRoutes(world))

  const close = async (): Promise<void> => {
    await hooks.stop()
    await flush()
  }
  return { handler, token: account.token, control, close }
}
