import type { Config } from '../config.ts'
import { sandboxAddresses } from '../development.ts'
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

/** A HighLevel and an ActiveTrail, beside the app. */
export async function startSandboxes(config: Config, dataDirectory: string): Promise<Sandboxes> {
  const addresses = sandboxAddresses(config.port)
  const url = addresses.HIGHLEVEL_API_URL
  const activeTrailUrl = new URL(addresses.ACTIVETRAIL_API_URL).origin
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
      ...addresses,
      HIGHLEVEL_WEBHOOK_KEYS: highLevel.publicKeyPem,
      SANDBOX: 'on',
    },
    close,
  }
}
