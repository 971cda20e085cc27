import type { HighLevelApi } from './api.ts'
import { addContactTags, removeContactTags } from './contact-tags.ts'
import { tagName } from './tag-name.ts'

export type ChangedTags = {
  /** All that it has now; undefined where nothing was to change. */
  tags: string[] | undefined
  /** Names that did not stay, or did not go. */
  lost: string[]
}

/** Adds and removes only what was asked for: whatever else there is stays. */
export async function changeTags(
  api: HighLevelApi,
  contactId: string,
  change: { add: readonly string[]; remove: readonly string[] },
): Promise<ChangedTags> {
  const add = namesOf(change.add)
  const remove = namesOf(change.remove).filter((name) => !add.includes(name))
  const added = add.length > 0 ? await addContactTags(api, contactId, add) : undefined
  const left = remove.length > 0 ? await removeContactTags(api, contactId, remove) : added
  const tags = left?.map(tagName)
  if (!tags) return { tags, lost: [] }
  return {
    tags,
    lost: [...add.filter((name) => !tags.includes(name)), ...remove.filter((name) => tags.includes(name))],
  }
}

const namesOf = (tags: readonly string[]): string[] => [...new Set(tags.map(tagName))].filter(Boolean)

/** What the owner should know of them, else undefined. */
export const lostTagsSentence = (names: readonly string[]): string | undefined =>
  names.length > 0 ? `Tags that your account did not change as asked: ${names.join(', ')}.` : undefined
