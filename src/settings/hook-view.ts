import type { Hook } from '../connections/hook-store.ts'
import type { Connector } from '../connectors/connector.ts'

/** Whether the partner tells of what happens there, in the owner's words. The address itself is shown nowhere. */
export type HookView = {
  answer: string
  /** What keeps it from telling. */
  trouble: string | null
  /** ISO 8601, UTC: when it last did. */
  lastTold: string | null
}

/** Null where the partner cannot, and while its key is missing. */
export function hookView({ inbound, name }: Connector, hook: Hook | undefined, needsKey: boolean): HookView | null {
  if (!inbound?.registration || needsKey) return null
  const isTold = hook?.registeredAt != null
  return {
    answer: isTold ? 'Yes, as they happen' : 'Not yet',
    trouble:
      hook?.trouble && !isTold
        ? `${name} cannot tell of changes yet. ${hook.trouble} It is tried again by itself.`
        : null,
    lastTold: hook?.lastUsedAt?.toISOString() ?? null,
  }
}
