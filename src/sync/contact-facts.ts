import type { FlowStep } from '../connectors/flow-definition.ts'
import { sourcesOf } from '../flows/mapping/sources-of.ts'
import type { FieldValues } from '../lib/field.ts'
import { fieldsOf } from './fields-of.ts'
import { findCounterpart } from './find-counterpart.ts'
import type { FlowEvent } from './flow-event.ts'
import { findLink } from './link-store.ts'
import { ownerIn } from './owner-fields.ts'
import { createPartnerCalls } from './partner-calls.ts'
import { otherSide, type SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import { partnerSide } from './sides/partner-side.ts'
import { platformSide } from './sides/platform-side.ts'
import type { Side, SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

/**
 * The contact that an event concerns, on both sides, as far as the rows of a step want to know: `contact.id` and
 * `contact.<field>` of the platform's, `partner.id` and `partner.<field>` of the partner's. A sentence where there is none.
 */
export async function contactFactsOf(
  deps: SyncDeps,
  event: FlowEvent,
  ctx: RunContext,
  step: FlowStep,
  record: SyncRecord,
): Promise<{ facts: FieldValues } | { reason: string }> {
  const wanted = new Set(step.rows.flatMap(sourcesOf))
  const facts: FieldValues = {}
  for (const side of ['highlevel', 'partner'] as const) {
    const names = [...wanted].filter((name) => name.startsWith(PREFIX[side]))
    if (names.length === 0) continue
    const id = await idOf(deps, event, ctx, side, record)
    if (id === undefined)
      return { reason: side === 'highlevel' ? NOT_HERE : `The contact is not in ${ctx.open.connector.name}.` }
    facts[`${PREFIX[side]}id`] = id
    if (names.every((name) => name === `${PREFIX[side]}id`)) continue
    const own =
      side === event.from && id === record.id ? record : await sideOf(deps, ctx, side).read(id, { withLabels: false })
    for (const [key, value] of Object.entries(own?.fields ?? {})) facts[`${PREFIX[side]}${key}`] = value
  }
  return { facts }
}

const PREFIX: Record<SideName, string> = { highlevel: 'contact.', partner: 'partner.' }
const NOT_HERE = 'The contact is not in your account.'

/** The linked one; else the one that is meant by the same e-mail address or phone number, if it is one. */
async function idOf(
  deps: SyncDeps,
  event: FlowEvent,
  ctx: RunContext,
  side: SideName,
  record: SyncRecord,
): Promise<string | undefined> {
  const own = event.from === 'highlevel' ? event.contactId : contactThere(ctx, event, record)
  if (side === event.from) return own ?? undefined
  if (side === 'highlevel' && event.contactId) return event.contactId
  if (!own) return undefined
  const end = { connectionId: ctx.open.connection.id, object: 'contact', side: event.from, recordId: own }
  const link = await deps.database.asTenant(ctx.tenantId, (db) => findLink(db, end))
  if (link) return side === 'highlevel' ? link.highLevelId : link.partnerId
  const known = own !== record.id ? await sideOf(deps, ctx, event.from).read(own, { withLabels: false }) : record
  return known && meant(deps, ctx, side, known)
}

/** What an event of the partner's is about is a contact, or says whose it is. */
function contactThere({ open }: RunContext, { trigger }: FlowEvent, record: SyncRecord): string | null {
  const { connector } = open
  const kinds = [...connector.triggers, ...(connector.inbound?.triggers ?? [])]
  const kind = kinds.find(({ key }) => trigger === `${connector.key}.${key}`)?.object
  const belongsTo = connector.objects.find(({ key }) => key === kind)?.belongsTo
  return belongsTo ? (ownerIn(record.fields, belongsTo.field) ?? null) : record.id
}

async function meant(deps: SyncDeps, ctx: RunContext, side: SideName, record: SyncRecord): Promise<string | undefined> {
  const object = contactObject(ctx)
  if (!object) return undefined
  const fields = fieldsOf(object)
  const own = [...fields[otherSide(side)].values()]
  const rows = sideOf(deps, ctx, side).identityFields.flatMap((target) => {
    const type = fields[side].get(target)?.type
    const source = own.find((field) => field.type === type)
    return source
      ? [
          {
            target,
            source: { kind: 'field' as const, field: source.key },
            transforms: [],
            whenBlank: 'keep' as const,
            policy: 'last_writer' as const,
          },
        ]
      : []
  })
  const direction = { rows, consent: false, labels: { kind: 'none' as const }, creates: false, extras: {} }
  const found = await findCounterpart(sideOf(deps, ctx, side), {
    source: record,
    direction,
    fields: fields[side],
    around: ctx.around,
  })
  return found.kind === 'one' ? found.record.id : undefined
}

const contactObject = ({ open }: RunContext) =>
  open.connector.objects.find(({ key, sync }) => key === 'contact' && sync)

function sideOf(deps: SyncDeps, ctx: RunContext, side: SideName): Side {
  const object = contactObject(ctx)
  if (side === 'highlevel' || !object) return platformSide(deps, ctx, 'contact')
  return partnerSide(createPartnerCalls(deps, ctx, ctx.log), object)
}
