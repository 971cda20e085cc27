import { z } from 'zod'
import type { ActionResult } from '../../connectors/connector.ts'
import { changeTags, lostTagsSentence } from '../../highlevel/change-tags.ts'
import { tagName } from '../../highlevel/tag-name.ts'
import { createTag, listTags } from '../../highlevel/tags.ts'
import type { Field } from '../../lib/field.ts'
import { isTrouble } from '../../lib/trouble.ts'
import type { PlatformAction, PlatformContext } from '../platform-action.ts'
import { CONTACT } from './contact-input.ts'
import { filled, id } from './inputs.ts'
import { tags } from './tag-input.ts'

const input = z.strictObject({ contactId: id, tags })
type TagInput = z.infer<typeof input>

const TAGS: Field = { key: 'tags', label: 'Tags', type: 'list', required: true }

const shared: Omit<PlatformAction<TagInput>, 'key' | 'name' | 'description' | 'run'> = {
  object: 'contact',
  scope: 'contacts.write',
  fields: [CONTACT, TAGS],
  listFields: async ({ api, locationId }) => {
    const options = (await listTags(api, locationId)).map(({ name }) => name)
    return [CONTACT, { ...TAGS, options }]
  },
  input,
  repeat: 'repeatable',
}

export const addTags: PlatformAction<TagInput> = {
  ...shared,
  key: 'add_tags',
  name: 'Add tags',
  description: 'Adds tags to the contact; those that it has stay.',
  run: (context, given) => change(context, given, { add: given.tags, remove: [] }),
}

export const removeTags: PlatformAction<TagInput> = {
  ...shared,
  key: 'remove_tags',
  name: 'Remove tags',
  description: 'Takes these tags off the contact; the others stay.',
  run: (context, given) => change(context, given, { add: [], remove: given.tags }),
}

async function change(
  { api }: PlatformContext,
  { contactId }: TagInput,
  wanted: { add: string[]; remove: string[] },
): Promise<ActionResult> {
  const { tags: all, lost } = await changeTags(api, contactId, wanted)
  const note = lostTagsSentence(lost)
  return { id: contactId, effect: 'updated', ...(note && { note }), record: { id: contactId, tags: all ?? [] } }
}

const newTag = z.strictObject({ name: filled.max(100, 'Enter a shorter name.') })

export const createTagAction: PlatformAction<z.infer<typeof newTag>> = {
  key: 'create_tag',
  name: 'Create tag',
  description: 'Makes sure that the account has a tag of this name, before anybody has it.',
  object: 'contact',
  scope: 'locations/tags.write',
  fields: [{ key: 'name', label: 'Name', type: 'text', required: true }],
  input: newTag,
  repeat: 'repeatable',
  run: async (context, { name }) => {
    const known = await findTagId(context, name)
    if (known) return { id: known, effect: 'unchanged' }
    try {
      return { id: (await createTag(context.api, context.locationId, name)).id, effect: 'created' }
    } catch (error) {
      // Someone was quicker: a name that is there already is refused.
      const there = isTrouble(error) && error.code === 'rejected' ? await findTagId(context, name) : undefined
      if (there) return { id: there, effect: 'unchanged' }
      throw error
    }
  },
}

const findTagId = async ({ api, locationId }: PlatformContext, name: string): Promise<string | undefined> =>
  (await listTags(api, locationId)).find((tag) => tagName(tag.name) === tagName(name))?.id
