import type { FlowStep } from '../connectors/flow-definition.ts'
import { sourcesOf } from '../flows/mapping/sources-of.ts'
import type { FieldValues } from '../lib/field.ts'
import { type Happening, ownContactId } from './contact-of-event.ts'
import { contactSide } from './contact-side.ts'
import { findOtherContact } from './find-other-contact.ts'
import type { SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncDeps } from './sync-deps.ts'

const SIDES = ['highlevel', 'partner'] as const
const PREFIX: Record<SideName, string> = { highlevel: 'contact.', partner: 'partner.' }

/**
 * The contact that an event concerns, on both sides, as far as the rows of a step want to know: `contact.id` and
 * `contact.<field>` of the platform's, `partner.id` and `partner.<field>` of the partner's. A sentence where there is none.
 */
export async function contactFactsOf(
  deps: SyncDeps,
  ctx: RunContext,
  happening: Happening,
  step: FlowStep,
): Promise<{ facts: FieldValues } | { reason: string }> {
  const facts: FieldValues = {}
  for (const side of SIDES) {
    const wanted = wantedOf(step, side)
    if (wanted.length === 0) continue
    const contact = await readContact(deps, ctx, happening, { side, wanted })
    if (!contact)
      return { reason: side === 'highlevel' ? NOT_HERE : `The contact is not in ${ctx.open.connector.name}.` }
    for (const [key, value] of Object.entries(contact)) facts[PREFIX[side] + key] = value
  }
  return { facts }
}

const NOT_HERE = 'The contact is not in your account.'

/** Keys of the contact's fields there. */
const wantedOf = ({ rows }: FlowStep, side: SideName): string[] =>
  rows
    .flatMap(sourcesOf)
    .filter((name) => name.startsWith(PREFIX[side]))
    .map((name) => name.slice(PREFIX[side].length))

/** Its id and, where more is wanted, its fields; undefined where that side does not have it. */
async function readContact(
  deps: SyncDeps,
  ctx: RunContext,
  happening: Happening,
  { side, wanted }: { side: SideName; wanted: string[] },
): Promise<FieldValues | undefined> {
  const { event, record } = happening
  const isWhereItHappened = side === event.from
  const id = isWhereItHappened ? ownContactId(ctx, happening) : await findOtherContact(deps, ctx, happening)
  if (id === undefined) return undefined
  if (wanted.every((key) => key === 'id')) return { id }
  const isRead = isWhereItHappened && id === record.id
  const contact = isRead ? record : await contactSide(deps, ctx, side).read(id, { withLabels: false })
  return { id, ...contact?.fields }
}
