import type { OpenConnection } from '../connections/open-connection.ts'
import type { ActionResult } from '../connectors/connector.ts'
import { getAction } from '../connectors/get-action.ts'
import { Trouble } from '../lib/trouble.ts'
import type { ActionCall } from './call-action.ts'

/**
 * What an earlier call with this input left behind; undefined where there is nothing to be seen of it, or where repeating it
 * does no harm. Rejects with `Trouble` where neither is so: then it is not done twice.
 */
export async function lookUpAction(
  { connector, context }: OpenConnection,
  { action: key, input }: ActionCall,
): Promise<ActionResult | undefined> {
  const { lookup, repeat, input: schema } = getAction(connector, key)
  if (lookup) {
    const parsed = schema.safeParse(input)
    return parsed.success ? lookup(context, parsed.data) : undefined
  }
  if (repeat === 'repeatable') return undefined
  throw new Trouble('rejected', { detail: MAY_BE_MADE })
}

const MAY_BE_MADE =
  'It may have been made there, or not: the answer was lost. It is not made a second time by itself; look over there.'
