import { join } from 'node:path'
import ejs from 'ejs'
import express, { type Express } from 'express'
import { controlRoutes } from '../support/control-routes.ts'
import { createFaults } from '../support/faults.ts'
import { createRecorder } from '../support/recorder.ts'
import { apiRoutes } from './api.ts'
import { clockHeader } from './clock-header.ts'
import { consentRoutes } from './consent-routes.ts'
import { type Control, createControl } from './control.ts'
import type { AppRegistration } from './registration.ts'
import { defaultRetryDelays } from './retry-delays.ts'
import { ownFormsOnly, shellHeaders } from './shell-guard.ts'
import { shellRoutes } from './shell-routes.ts'
import { createWebhooks } from './webhooks.ts'
import { createWorld } from './world.ts'

export type { AppRegistration } from './registration.ts'

const VIEWS = join(import.meta.dirname, '../../../views/sandbox')
/** What browsers open; everything else is the API. */
const PAGES =
  /^\/(?:$|(?:acting|location|agency|deliveries|sandbox\.css|sandbox\.js|(?:v2\/)?oauth\/chooselocation)(?=\/|$))/

export type HighLevelSandbox = {
  /** To be mounted on an http server of its own: the platform is an origin of its own. */
  handler: Express
  /** Verifies X-GHL-Signature (Ed25519, SPKI). */
  publicKeyPem: string
  control: Control
  close(): Promise<void>
}

export function createHighLevelSandbox(options: {
  registration: AppRegistration
  stateFile?: string
  now?: () => number
  retryDelaysMs?: number[]
}): HighLevelSandbox {
  const world = createWorld(options)
  const webhooks = createWebhooks(world, () => options.retryDelaysMs ?? defaultRetryDelays())
  const deps = { world, webhooks, recorder: createRecorder(world.now), faults: createFaults() }
  const control = createControl(deps)

  const handler = express()
  handler.disable('x-powered-by')
  handler.engine('ejs', ejs.renderFile)
  handler.set('view engine', 'ejs')
  handler.set('views', VIEWS)
  handler.use(clockHeader(world.now))
  handler.use(controlRoutes(control))
  handler.use(PAGES, shellHeaders(world), ownFormsOnly)
  handler.use(shellRoutes(deps))
  handler.use(consentRoutes(deps))
  handler.use(apiRoutes(deps))

  return {
    handler,
    publicKeyPem: world.data.signingKey.publicPem,
    control,
    close: async () => {
      await webhooks.stop()
      await world.flush()
    },
  }
}
