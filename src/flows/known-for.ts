import { PLATFORM_ACTIONS } from '../catalog/platform-actions.ts'
import type { Connector, ObjectType } from '../connectors/connector.ts'
import { customId } from '../highlevel/contact-fields.ts'
import type { Field } from '../lib/field.ts'
import { type FieldCatalogue, PLATFORM_SIDE } from './field-catalogue-store.ts'
import type { KnownFields, KnownObject, KnownOperation, KnownSide, KnownTrigger } from './known-fields.ts'
import { PLATFORM_TRIGGERS } from './platform-triggers.ts'

/** Objects of the platform that the engine keeps in step, and what it can do with one there. */
const PLATFORM_SYNC: Record<string, Pick<KnownSide, 'canDelete' | 'canArchive' | 'canTag'>> = {
  contact: { canDelete: true, canArchive: false, canTag: true },
  task: { canDelete: true, canArchive: false, canTag: false },
  note: { canDelete: true, canArchive: false, canTag: false },
  appointment: { canDelete: true, canArchive: true, canTag: false },
  opportunity: { canDelete: true, canArchive: true, canTag: false },
}

/** What flows of one connection may speak of, by its connector and the fields as they were last read. */
export function knownFor(connector: Connector, catalogues: readonly FieldCatalogue[]): KnownFields {
  const read = (isPlatform: boolean, object: string): readonly Field[] | undefined =>
    catalogues.find((one) => one.object === object && (one.side === PLATFORM_SIDE) === isPlatform)?.fields
  const triggers = [...PLATFORM_TRIGGERS, ...partnerTriggers(connector)]
  const keys = new Set([...triggers.map(({ object }) => object), ...connector.objects.map(({ key }) => key)])
  const objects = [...keys].map((key): KnownObject => {
    const there = connector.objects.find((object) => object.key === key)
    const told = PLATFORM_TRIGGERS.filter(({ object }) => object === key).flatMap(({ fields }) => fields)
    return {
      key,
      name: there?.name ?? key,
      highlevel:
        told.length > 0 || read(true, key) ? platformSide(key, eachOnce([...(read(true, key) ?? []), ...told])) : null,
      partner: there ? partnerSide(there, read(false, key) ?? there.fields ?? []) : null,
    }
  })
  return { triggers, objects, operations: operationsOf(connector, objects) }
}

const eachOnce = (fields: readonly Field[]): Field[] => [
  ...new Map([...fields].reverse().map((field) => [field.key, field])).values(),
]

const platformSide = (key: string, fields: readonly Field[]): KnownSide => {
  const sync = PLATFORM_SYNC[key]
  return {
    fields,
    canSync: sync !== undefined,
    canDelete: sync?.canDelete ?? false,
    canArchive: sync?.canArchive ?? false,
    canTag: sync?.canTag ?? false,
  }
}

const partnerSide = ({ sync, find }: ObjectType<object>, fields: readonly Field[]): KnownSide => ({
  fields,
  canSync: sync !== undefined && find !== undefined,
  canDelete: sync?.remove !== undefined,
  canArchive: sync?.archive !== undefined,
  canTag: sync?.labels !== undefined,
})

const partnerTriggers = ({ key, triggers, inbound }: Connector): KnownTrigger[] => [
  ...triggers.map(
    ({ key: trigger, name, object, options = [], fields = [] }): KnownTrigger => ({
      ...{ key: `${key}.${trigger}`, name, side: 'partner', object, options, fields },
    }),
  ),
  ...(inbound?.triggers ?? []).map(
    ({ key: trigger, name, object }): KnownTrigger => ({
      ...{ key: `${key}.${trigger}`, name, side: 'partner', object, options: [], fields: [] },
    }),
  ),
]

/** An action without fields of its own takes those of its object; one of the platform's may take the account's own beside them. */
const operationsOf = ({ key, actions }: Connector, objects: readonly KnownObject[]): KnownOperation[] => [
  ...PLATFORM_ACTIONS.map(({ key: action, name, object, fields, takesOwnFields }) => ({
    ...{ key: `highlevel.${action}`, name },
    fields: takesOwnFields ? withOwnFields(fields, objects.find((one) => one.key === object)?.highlevel) : fields,
  })),
  ...actions.map(({ key: action, name, object, fields }) => ({
    ...{ key: `${key}.${action}`, name },
    fields: fields ?? objects.find((one) => one.key === object)?.partner?.fields ?? [],
  })),
]

const withOwnFields = (fields: readonly Field[], side: KnownSide | null | undefined): Field[] => [
  ...fields,
  ...(side?.fields ?? []).filter(({ key }) => customId(key) !== undefined),
]
