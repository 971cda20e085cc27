import type { MappingRow } from '../connectors/connector.ts'

/** The partner's record as the rules make it. What is empty sets nothing, so that it can never erase anything there. */
export function mapRecord(rows: readonly MappingRow[], fields: Record<string, string>): Record<string, string> {
  const pairs = rows.flatMap(({ target, source }): [string, string][] => {
    const value = Object.hasOwn(fields, source) ? fields[source]?.trim() : undefined
    return value ? [[target, value]] : []
  })
  return Object.fromEntries(pairs)
}
