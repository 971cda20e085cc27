import type { z } from 'zod'

export type FittedRecord = {
  record: Record<string, unknown>
  /** Fields whose value the partner would refuse. */
  leftOut: string[]
  /** Why even the rest cannot be written, else null. */
  obstacle: string | null
}

/** One value that the partner would refuse must not keep the others from arriving: it sets nothing, as an empty one. */
export function fitRecord(input: z.ZodType, record: Record<string, unknown>): FittedRecord {
  const issues = input.safeParse(record).error?.issues ?? []
  if (issues.length === 0) return { record, leftOut: [], obstacle: null }
  const refused = Object.keys(record).filter((name) => issues.some((issue) => isAbout(issue, name)))
  if (refused.length === 0) {
    return { record, leftOut: [], obstacle: issues.map(({ message }) => message).join(' ') }
  }
  const others = Object.fromEntries(Object.entries(record).filter(([name]) => !refused.includes(name)))
  const rest = fitRecord(input, others)
  return { ...rest, leftOut: [...refused, ...rest.leftOut] }
}

const isAbout = (issue: z.core.$ZodIssue, name: string): boolean =>
  issue.path[0] === name || (issue.code === 'unrecognized_keys' && issue.keys.includes(name))
