import type { Field, FieldType } from '../../lib/field.ts'
import type { KnownFields, KnownTrigger, SideOfFlow } from '../known-fields.ts'

/** What can be read in a flow, by the name it is read by. */
export type Readable = ReadonlyMap<string, Pick<Field, 'label' | 'type' | 'options' | 'optionNames'>>

const PREFIXES: Record<SideOfFlow, string> = { highlevel: 'contact.', partner: 'partner.' }

/** The record's fields and tags, what the event says, and the contact it concerns on both sides. */
export function readableFields(known: KnownFields, trigger: KnownTrigger): Readable {
  const object = known.objects.find(({ key }) => key === trigger.object)
  const contact = known.objects.find(({ key }) => key === 'contact')
  return new Map([
    ...(Object.keys(PREFIXES) as SideOfFlow[]).flatMap((side) => [
      ...named(PREFIXES[side], contact?.[side]?.fields ?? []),
      single(`${PREFIXES[side]}id`, 'The contact’s id', 'text'),
    ]),
    single('tags', 'Tags', 'list'),
    ...named('', object?.[trigger.side]?.fields ?? []),
    ...named('event.', trigger.fields),
  ])
}

export const withResults = (readable: Readable, steps: readonly string[]): Readable =>
  new Map([...readable, ...steps.map((id) => single(`steps.${id}.id`, 'The result of an earlier step', 'text'))])

const named = (prefix: string, fields: readonly Field[]): [string, Field][] =>
  fields.map((field) => [`${prefix}${field.key}`, field])

const single = (key: string, label: string, type: FieldType): [string, { label: string; type: FieldType }] => [
  key,
  { label, type },
]
