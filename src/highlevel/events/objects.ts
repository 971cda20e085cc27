import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { id, ids, list, nested, text } from './field-types.ts'

/** HighLevel docs: Object Schema Create, Update. */
const schema = z.object({ id, key: text, labels: nested, objectType: text, properties: list })

/** HighLevel docs: Record Create, Update, Delete. Businesses are records too. */
const record = z.object({ id, owners: ids, followers: ids, properties: list })

/** HighLevel docs: Association Created, Updated, Deleted. */
const association = z.object({
  id,
  key: text,
  associationType: text,
  firstObjectKey: text,
  firstObjectLabel: text,
  firstObjectToSecondObjectCardinality: text,
  secondObjectKey: text,
  secondObjectLabel: text,
  secondObjectToFirstObjectCardinality: text,
})

/** HighLevel docs: Relation Create, Relation Delete. */
const relation = z.object({
  id,
  associationId: id,
  firstObjectKey: text,
  firstRecordId: id,
  secondObjectKey: text,
  secondRecordId: id,
})

const common = { group: 'objects', contactId: null } as const

/** None of the pages but those of records shows a type: the envelope has it. */
export const objectsKinds: readonly EventKind[] = [
  ...eventKinds(
    { ...common, object: 'object_schema', fields: schema },
    {
      ObjectSchemaCreate: { trigger: 'highlevel.object_schema_created' },
      ObjectSchemaUpdate: { trigger: 'highlevel.object_schema_changed' },
    },
  ),
  ...eventKinds(
    { ...common, object: 'record', fields: record },
    {
      RecordCreate: { trigger: 'highlevel.record_created' },
      RecordUpdate: { trigger: 'highlevel.record_changed' },
      RecordDelete: { trigger: 'highlevel.record_deleted' },
    },
  ),
  ...eventKinds(
    { ...common, object: 'association', needs: 'associations.readonly', fields: association },
    {
      AssociationCreate: { trigger: 'highlevel.association_created' },
      AssociationUpdate: { trigger: 'highlevel.association_changed' },
      AssociationDelete: { trigger: 'highlevel.association_deleted' },
    },
  ),
  ...eventKinds(
    { ...common, object: 'relation', needs: 'associations/relation.readonly', fields: relation },
    {
      RelationCreate: { trigger: 'highlevel.relation_created' },
      RelationDelete: { trigger: 'highlevel.relation_deleted' },
    },
  ),
]
