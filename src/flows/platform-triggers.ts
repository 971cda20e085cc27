import type { z } from 'zod'
import type { EventKind } from '../highlevel/events/event-kind.ts'
import { EVENT_KINDS } from '../highlevel/events/event-kinds.ts'
import * as types from '../highlevel/events/field-types.ts'
import { foundTaskKinds } from '../highlevel/events/task.ts'
import type { Field, FieldType } from '../lib/field.ts'
import type { KnownTrigger } from './known-fields.ts'

const PLAIN = new Map<z.ZodType, FieldType>([
  [types.text, 'text'],
  [types.id, 'text'],
  [types.number, 'number'],
  [types.flag, 'boolean'],
  [types.texts, 'list'],
  [types.ids, 'list'],
])

/** What flows can be started by at the platform. Several types of webhooks may be one trigger. */
export const PLATFORM_TRIGGERS: readonly KnownTrigger[] = [
  ...Map.groupBy(
    [...EVENT_KINDS, ...foundTaskKinds].filter(({ trigger }) => trigger !== null),
    ({ trigger }) => String(trigger),
  ),
].flatMap(([key, kinds]) => triggerOf(key, kinds) ?? [])

function triggerOf(key: string, kinds: readonly EventKind[]): KnownTrigger | undefined {
  const object = kinds[0]?.object
  if (!object) return undefined
  const fields = new Map(kinds.flatMap(fieldsOf).map((field) => [field.key, field]))
  return {
    key,
    name: wordsOf(key.slice('highlevel.'.length)),
    side: 'highlevel',
    object,
    options: [],
    fields: [...fields.values()],
  }
}

/** What is no plain value, nor a list of them, is no field. */
function fieldsOf({ fields }: EventKind): Field[] {
  return Object.entries<z.ZodType>(fields.shape).flatMap(([key, shape]): Field[] => {
    const type = PLAIN.get(shape)
    return type ? [{ key, label: wordsOf(key), type }] : []
  })
}

/** `contact_tags_changed`, `dateOfBirth`: as words. */
function wordsOf(key: string): string {
  const words = key.replaceAll('_', ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}
