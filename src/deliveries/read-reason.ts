import { AppError } from '../lib/errors.ts'

const LONGEST = 300

/** What an operator does to a tenant needs a reason, which the tenant's log keeps. */
export function readReason(text: string): string {
  const reason = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  if (reason === '') throw new AppError('invalid_input', { detail: 'Say why, for the audit log of the account.' })
  if (reason.length > LONGEST) {
    throw new AppError('invalid_input', { detail: `The reason is longer than ${LONGEST} characters. Say it shorter.` })
  }
  return reason
}
