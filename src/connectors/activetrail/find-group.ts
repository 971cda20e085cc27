import { composeText } from '../../lib/compose-text.ts'
import { type ActiveTrailClient, listAll } from './client.ts'
import { type Group, groupAnswer } from './schemas.ts'

/**
 * The group of this name, of exactly this spelling if there is one: HighLevel writes its tags in small letters, people
 * write `VIP`. Names need not be unique there: of several it is always the oldest.
 */
export async function findGroup(client: ActiveTrailClient, name: string): Promise<Group | undefined> {
  const groups = await listAll(client, '/groups', { SearchTerm: name }, groupAnswer)
  const alike = groups.filter((one) => inSmall(one.name) === inSmall(name)).sort((one, other) => one.id - other.id)
  return alike.find((one) => one.name.trim() === name) ?? alike[0]
}

const inSmall = (name: string): string => composeText(name.trim()).toLowerCase()

export async function ensureGroupNamed(
  client: ActiveTrailClient,
  name: string,
): Promise<{ group: Group; isNew: boolean }> {
  const found = await findGroup(client, name)
  if (found) return { group: found, isNew: false }
  return { group: await client.post('/groups', { name }, groupAnswer), isNew: true }
}
