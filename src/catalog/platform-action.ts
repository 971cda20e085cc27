import type { z } from 'zod'
import type { ActionResult } from '../connectors/connector.ts'
import type { HighLevelApi } from '../highlevel/api.ts'
import type { Scope } from '../highlevel/platform-scopes.ts'
import type { Clock } from '../lib/clock.ts'
import type { Field } from '../lib/field.ts'

/** Something that can be done at the platform for an owner: the same contract as a partner's action. */
export type PlatformAction<Input extends object> = {
  /** Stored with flows, without the `highlevel.` before it: never changes. */
  key: string
  name: string
  /** One sentence for the owner. */
  description: string
  object: PlatformObject
  scope: Scope
  /** What the owner can set, by the input's property names. */
  fields: Field[]
  /** Beside them it takes the fields of its object that this account alone has, by their keys there. */
  takesOwnFields?: true
  /** The same with what this account has to choose from. Left out where every account has the same. */
  listFields?(context: PlatformContext): Promise<Field[]>
  input: z.ZodType<Input>
  /** What repeating it does: nothing more, or a second effect. */
  repeat: 'repeatable' | 'once'
  run(context: PlatformContext, input: Input): Promise<ActionResult>
  /**
   * What a run with this input has done, if one has: asked where the outcome of one is unknown, before it is repeated. Undefined
   * where nothing is found; a search may be some seconds behind. Left out where repeating it does nothing more.
   */
  lookup?(context: PlatformContext, input: Input): Promise<ActionResult | undefined>
}

export type PlatformObject = 'contact' | 'task' | 'note' | 'appointment' | 'opportunity' | 'enrolment'

export type PlatformContext = {
  /** As the account, within its limit. */
  api: HighLevelApi
  locationId: string
  now: Clock
}

// biome-ignore lint/suspicious/noExplicitAny: actions whose inputs differ; `run` parses before it is called.
export type AnyPlatformAction = PlatformAction<any>
