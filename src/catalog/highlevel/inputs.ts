import { z } from 'zod'

const ID = 'Enter an id of your account: letters and digits.'
/** As HighLevel makes them; nothing else reaches a path. */
export const id = z.string(ID).regex(/^[\w-]{1,64}$/, ID)

/** Of a task or a note: its own, or `<contactId>/<id>`, as results have it. */
export const idOfContact = z.string(ID).regex(/^(?:[\w-]{1,64}\/)?[\w-]{1,64}$/, ID)

export const text = z.string('Enter a text.')
export const filled = text.trim().min(1, 'Enter a text.')

const MOMENT = 'Enter a date and time with its zone, like 2026-03-31T09:00:00Z.'
export const moment = z.iso.datetime({ offset: true, error: MOMENT }).transform((time) => new Date(time).toISOString())

export const flag = z.boolean('Choose yes or no.')
export const number = z.number('Enter a number.')

export const oneOf = <const Choices extends readonly [string, ...string[]]>(choices: Choices) =>
  z.enum(choices, `Choose one of: ${choices.join(', ')}.`)

/** A rule whose source is empty sets nothing, or null where it is to erase. */
export const optional = <Type extends z.ZodType>(type: Type) => type.nullish()

const NOTHING = 'Choose at least one field to write.'

/** What writes fields of a record that is there: something beside its id has to be set. */
export const writing = <Shape extends z.ZodRawShape>(keys: readonly string[], shape: Shape) =>
  z
    .strictObject(shape)
    .refine(
      (input) => Object.entries(input).some(([key, value]) => !keys.includes(key) && value !== undefined),
      NOTHING,
    )

/** Null is no value for what is new. */
export const given = <Type>(value: Type | null | undefined): Type | undefined => value ?? undefined

/** Null empties a text. */
export const erased = (value: string | null | undefined): string | undefined => (value === null ? '' : value)
