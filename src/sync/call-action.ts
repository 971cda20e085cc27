import type { OpenConnection } from '../connections/open-connection.ts'
import type { ActionResult, ConnectorContext } from '../connectors/connector.ts'
import { getAction } from '../connectors/get-action.ts'
import { Trouble } from '../lib/trouble.ts'

export type ActionCall = { action: string; input: object; note?: string | null } & Pick<
  ConnectorContext,
  'claim' | 'known'
>

/** Runs one action of the partner's. Rejects with `Trouble` what its schema does not take. */
export async function callAction({ connector, context }: OpenConnection, call: ActionCall): Promise<ActionResult> {
  const action = getAction(connector, call.action)
  const parsed = action.input.safeParse(call.input)
  if (!parsed.success)
    throw new Trouble('rejected', { detail: parsed.error.issues.map(({ message }) => message).join(' ') })
  const { claim, known } = call
  return action.run({ ...context, ...(claim && { claim }), ...(known !== undefined && { known }) }, parsed.data)
}
