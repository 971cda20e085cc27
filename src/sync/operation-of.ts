import type { AnyPlatformAction } from '../catalog/platform-action.ts'
import { PLATFORM_ACTIONS } from '../catalog/platform-actions.ts'
import type { Action, ActionResult } from '../connectors/connector.ts'
import type { OperationStep } from '../connectors/flow-definition.ts'
import type { Field } from '../lib/field.ts'
import { Trouble } from '../lib/trouble.ts'
import type { SideName } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import { platformSide } from './sides/platform-side.ts'
import type { SyncDeps } from './sync-deps.ts'

/** One operation of the catalog, whichever side it belongs to. */
export type Operation = {
  side: SideName
  repeat: 'repeatable' | 'once'
  /** Those that every account has. */
  fields: readonly Field[]
  /** Those that this account alone has; asked for where a row sets one. */
  listOwnFields?(): Promise<Field[]>
  parse(input: object): object
  run(input: object): Promise<ActionResult>
  /** What an earlier run of it came to, where that can be looked up; undefined when it did not happen. */
  lookup?(input: object): Promise<ActionResult | undefined>
}

/** Rejects with `Trouble` when the catalog has it no longer. */
export function operationOf(
  deps: SyncDeps,
  ctx: RunContext,
  { operation: name }: Pick<OperationStep, 'operation'>,
): Operation {
  const [system, key] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
  if (system === 'highlevel') {
    const action = PLATFORM_ACTIONS.find((one) => one.key === key)
    if (action) return platformOperation(deps, ctx, action)
  }
  const { connector } = ctx.open
  const action = system === connector.key ? connector.actions.find((one) => one.key === key) : undefined
  if (action) return partnerOperation(action, ctx.open)
  throw new Trouble('rejected', { detail: `Nothing is known of the operation “${name}” any more: choose another one.` })
}

function platformOperation(deps: SyncDeps, ctx: RunContext, action: AnyPlatformAction): Operation {
  const context = { api: deps.tenantApi(ctx.tenantId), locationId: ctx.locationId, now: deps.now }
  const { lookup } = action
  return {
    ...about(action, action.fields),
    side: 'highlevel',
    ...(action.takesOwnFields && { listOwnFields: platformSide(deps, ctx, action.object).listFields }),
    run: (input) => action.run(context, input),
    ...(lookup && { lookup: (input) => lookup(context, input) }),
  }
}

function partnerOperation(action: Action<object, object>, { connector, context }: RunContext['open']): Operation {
  const { lookup } = action
  const object = connector.objects.find(({ key }) => key === action.object)
  return {
    ...about(action, action.fields ?? object?.fields ?? []),
    side: 'partner',
    run: (input) => action.run(context, input),
    ...(lookup && { lookup: (input) => lookup(context, input) }),
  }
}

const about = (action: Pick<Action<object, object>, 'repeat' | 'input'>, fields: readonly Field[]) => ({
  repeat: action.repeat,
  fields,
  parse: (input: object): object => {
    const parsed = action.input.safeParse(input)
    if (parsed.success) return parsed.data
    throw new Trouble('rejected', { detail: parsed.error.issues.map(({ message }) => message).join(' ') })
  },
})
