import { type ActiveTrailClient, listAll } from './client.ts'
import { type Group, groupAnswer } from './schemas.ts'

/** The group of exactly this name. Names need not be unique there: of several it is always the oldest. */
export async function findGroup(client: ActiveTrailClient, name: string): Promise<Group | undefined> {
  const groups = await listAll(client, '/groups', { SearchTerm: name }, groupAnswer)
  return groups.filter((one) => one.name.trim() === name).sort((one, other) => one.id - other.id)[0]
}

export async function ensureGroupNamed(
  client: ActiveTrailClient,
  name: string,
): Promise<{ group: Group; isNew: boolean }> {
  const found = await findGroup(client, name)
  if (found) return { group: found, isNew: false }
  return { group: await client.post('/groups', { name }, groupAnswer), isNew: true }
}
