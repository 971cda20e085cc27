import { randomBytes, randomUUID } from 'node:crypto'
import type { ClientKey } from './registration.ts'
import type { World } from './world.ts'

export const findClientKey = (world: World, clientId: string | undefined): ClientKey | undefined =>
  world.registration.clients.find((key) => key.clientId === clientId)

export function getClientKey(world: World, clientId: string): ClientKey {
  const key = findClientKey(world, clientId)
  if (key === undefined) throw new Error(`There is no client key ${clientId}.`)
  return key
}

/** The key that install links carry unless told. */
export function firstClientId({ registration }: Pick<World, 'registration'>): string {
  const [first] = registration.clients
  if (first === undefined) throw new Error('The app has no client key.')
  return first.clientId
}

/** As the portal makes them: the app's id and eight characters; the secret is a UUID. */
export const newClientKey = (appId: string): { clientId: string; clientSecret: string } => ({
  clientId: `${appId}-${randomBytes(4).toString('hex')}`,
  clientSecret: randomUUID(),
})
