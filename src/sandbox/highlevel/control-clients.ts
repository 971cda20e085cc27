import { randomUUID } from 'node:crypto'
import { getClientKey, newClientKey } from './client-keys.ts'
import type { World } from './world.ts'

/** The page of the developer portal where client keys are made, renewed and taken back. */
export const clientControl = (world: World) => ({
  addClientKey: (): { clientId: string; clientSecret: string } => {
    const { clientId, clientSecret } = newClientKey(world.registration.appId)
    world.registration.clients.push({ clientId, clientSecrets: [clientSecret] })
    return { clientId, clientSecret }
  },
  /** Refreshes with it are refused from now on; access tokens that are out live on. */
  removeClientKey: (clientId: string): void => {
    const key = getClientKey(world, clientId)
    world.registration.clients = world.registration.clients.filter((one) => one !== key)
  },
  /** A further secret of the key, good beside those it has. */
  addClientSecret: (clientId: string): string => {
    const secret = randomUUID()
    getClientKey(world, clientId).clientSecrets.push(secret)
    return secret
  },
  removeClientSecret: (clientId: string, secret: string): void => {
    const key = getClientKey(world, clientId)
    key.clientSecrets = key.clientSecrets.filter((one) => one !== secret)
  },
})
