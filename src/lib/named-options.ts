import type { Field } from './field.ts'

/** Choices that are stored by their ids and shown by their names. */
export const namedOptions = (
  things: readonly { id: string; name: string }[],
): Pick<Field, 'options' | 'optionNames'> => ({
  options: things.map(({ id }) => id),
  optionNames: Object.fromEntries(things.map(({ id, name }) => [id, name])),
})
