import type { Config } from '../config.ts'
import { type Listening, listen } from '../http/listen.ts'
import { createActiveTrailSandbox } from './activetrail/sandbox.ts'
import { createHighLevelSandbox } from './highlevel/sandbox.ts'
import { registerApp } from './register-app.ts'

export type Sandboxes = {
  url: string
  activeTrailUrl: string
  activeTrailToken: string
  /** What points the app at them instead of the real ones. */
  environment: Record<string, string>
  close(): Promise<void>
}

/**
 * A HighLevel and an ActiveTrail on the two ports behind the app's. The host is `localhost` and the app is 127.0.0.1, so
 * that to a browser they are different sites, as in life.
 */
export async function startSandboxes(config: Config, dataDirectory: string): Promise<Sandboxes> {
  const url = `http://localhost:${config.port + 1}`
  const activeTrailUrl = `http://localhost:${config.port + 2}`
  const highLevel = createHighLevelSandbox({
    registration: registerApp(config),
    stateFile: `${dataDirectory}sandbox-highlevel.json`,
  })
  const activeTrail = createActiveTrailSandbox({ stateFile: `${dataDirectory}sandbox-activetrail.json` })
  const listening: Listening[] = []
  const close = async (): Promise<void> => {
    await Promise.all(listening.map((server) => server.close()))
    await Promise.all([highLevel.close(), activeTrail.close()])
  }
  try {
    listening.push(await listen(highLevel.handler, config.port + 1, 'localhost'))
    listening.push(await listen(activeTrail.handler, config.port + 2, 'localhost'))
  } catch (error) {
    await close()
    throw error
  }
  return {
    url,
    activeTrailUrl,
    activeTrailToken: activeTrail.token,
    environment: {
      HIGHLEVEL_API_URL: url,
      HIGHLEVEL_MARKETPLACE_URL: url,
      HIGHLEVEL_WEBHOOK_KEYS: highLevel.publicKeyPem,
      ACTIVETRAIL_API_URL: `${activeTrailUrl}/api`,
      SANDBOX: 'on',
    },
    close,
  }
}
