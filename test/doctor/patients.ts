import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { composePatient } from '../../src/compose/operator.ts'
import type { Config } from '../../src/config.ts'
import { CHECKS } from '../../src/doctor/checks.ts'
import { examine } from '../../src/doctor/examine.ts'
import type { Patient, Settings } from '../../src/doctor/patient.ts'

export type Change = Partial<Omit<Patient, 'settings'>> & { settings?: Partial<Settings> & { installUrl?: string } }

export const newKey = (kid: string) => ({ kid, key: randomBytes(32) })

/** What the doctor looks at, with something changed. The ring of the tests serves two purposes; here it does not. */
export async function patientOf(
  about: { config: Config; databaseUrl: string },
  change: Change = {},
  now = Date.now,
): Promise<Patient> {
  const patient = await composePatient({ ...about, offline: false, now })
  const { installUrl = null, ...settings } = change.settings ?? {}
  const highLevel = { ...patient.settings.highLevel, ...settings.highLevel, installUrl }
  return {
    ...patient,
    ...change,
    settings: { ...patient.settings, sessionKeys: [newKey('s')], ...settings, highLevel },
  }
}

/** What is not well: "level check: found". Each says what to do. */
export async function complaintsOf(patient: Patient): Promise<string[]> {
  const results = await examine(patient, CHECKS).finally(patient.database.close)
  return results
    .filter(({ level, found }) => level !== 'ok' && !isOfTheTests(found))
    .map(({ check, level, found, advice }) => {
      expect(advice, found).toMatch(/^[A-Z].*\.$/)
      return `${level} ${check}: ${found}`
    })
}

/** The server of the tests may be faster than it is safe. */
const isOfTheTests = (found: string): boolean => /synchronous_commit|fsync|full_page_writes/.test(found)
