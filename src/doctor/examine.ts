import type { Check } from './check.ts'
import { isUsable } from './check-database.ts'
import { codeOf } from './code-of.ts'
import { type Finding, fail } from './finding.ts'
import type { Patient } from './patient.ts'

/** A finding with the name of the check that made it. */
export type Result = Finding & { check: string }

/** A check that hangs does not keep the others waiting. */
const PATIENCE_MS = 15_000

/** All checks, one after another; none can stop the others. */
export async function examine(patient: Patient, checks: readonly Check[], patienceMs = PATIENCE_MS): Promise<Result[]> {
  const results: Result[] = []
  const canReadTables = await within(patienceMs, isUsable(patient)).catch(() => false)
  for (const check of checks.filter(({ readsTables }) => canReadTables || !readsTables)) {
    const findings = await within(patienceMs, check.run(patient)).catch((error) => [couldNotLook(error)])
    results.push(...findings.map((finding) => ({ check: check.name, ...finding })))
  }
  return results
}

/** The message may quote what must not be shown. */
const couldNotLook = (error: unknown): Finding =>
  fail(
    `This could not be looked at (${error instanceof Error ? error.name : typeof error}${codeOf(error)}).`,
    'Look at the other findings first; if they are all well, report this one.',
  )

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('Too slow.'), { code: 'TOO_SLOW' })), milliseconds)
  })
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer))
}
