import type { ObjectType } from '../connectors/connector.ts'
import { createPartnerCalls } from './partner-calls.ts'
import type { SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import { partnerSide } from './sides/partner-side.ts'
import { platformSide } from './sides/platform-side.ts'
import type { Side } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

/** The contacts of one side, whatever the flow itself is about. */
export function contactSide(deps: SyncDeps, ctx: RunContext, side: SideName): Side {
  const object = contactObject(ctx)
  if (side === 'highlevel' || !object) return platformSide(deps, ctx, 'contact')
  return partnerSide(createPartnerCalls(deps, ctx, ctx.log), object)
}

/** Undefined where the partner's contacts are kept in step with nothing. */
export const contactObject = ({ open }: RunContext): ObjectType<object> | undefined =>
  open.connector.objects.find(({ key, sync }) => key === 'contact' && sync)
