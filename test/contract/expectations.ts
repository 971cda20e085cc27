import { expect } from 'vitest'
import type { Field } from '../../src/lib/field.ts'
import { Trouble, type TroubleCode } from '../../src/lib/trouble.ts'
import type { Fault } from '../../src/sandbox/support/faults.ts'

/** What some steps are content with (`mayPass`): "not there" when it should go, or any answer to a write they do not read. */
export type FaultCase = { name: string; fault: Fault; code: TroubleCode; mayPass?: true }

const RETRY_AFTER_MS = 7000
const FIELD_TYPES = ['text', 'number', 'boolean', 'date', 'datetime', 'phone', 'email', 'option', 'list']

export async function troubleOf(work: Promise<unknown>): Promise<Trouble> {
  const outcome = await work.catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(Trouble)
  return outcome as Trouble
}

export function expectTrouble(outcome: unknown, code: TroubleCode, secrets: string[]): void {
  expect(outcome).toBeInstanceOf(Trouble)
  const trouble = outcome as Trouble
  expect(trouble.code).toBe(code)
  expect(trouble.message).toMatch(/\S/)
  if (code === 'rate_limited') expect(trouble.retryAfterMs).toBe(RETRY_AFTER_MS)
  for (const secret of secrets) expect(describeFully(trouble)).not.toContain(secret)
}

/** The error with its causes, as a log might show it. */
function describeFully(error: unknown): string {
  if (!(error instanceof Error)) return String(JSON.stringify(error))
  return [error.stack, JSON.stringify(error), error.cause ? describeFully(error.cause) : ''].join('\n')
}

export function expectWellFormed(field: Field): void {
  expect(field.key).toMatch(/^\S+$/)
  expect(field.label).toMatch(/\S/)
  expect(FIELD_TYPES).toContain(field.type)
  expect(Array.isArray(field.options) && field.options.length > 0).toBe(field.type === 'option')
}
