import type { z } from 'zod'

export type FieldsRead<Fields> = {
  fields: Fields
  /** Names of those that had a wrong type. They count as missing; the rest of the event counts. */
  leftOut: string[]
}

/** What an event says, as far as it can be read. */
export function readFields<Fields>(schema: z.ZodType<Fields>, payload: Record<string, unknown>): FieldsRead<Fields> {
  const leftOut: string[] = []
  for (let rest = payload; ; ) {
    const parsed = schema.safeParse(rest)
    if (parsed.success) return { fields: parsed.data, leftOut }
    const paths = parsed.error.issues.map(({ path }) => fieldOf(path))
    leftOut.push(...new Set(paths.map((path) => path.join('.'))))
    rest = paths.reduce(without, rest)
  }
}

/** A list with one wrong item is left out as a whole: what it lacks would look removed. */
function fieldOf(path: readonly PropertyKey[]): string[] {
  const item = path.findIndex((part) => typeof part === 'number')
  return path.slice(0, item === -1 ? undefined : item).map(String)
}

function without(values: Record<string, unknown>, [name = '', ...rest]: string[]): Record<string, unknown> {
  const { [name]: value, ...others } = values
  const inner = value as Record<string, unknown>
  return rest.length === 0 ? others : { ...others, [name]: without(inner, rest) }
}
