import type { Finding } from './finding.ts'
import type { Patient } from './patient.ts'

/** One thing that is looked at. A check that cannot look throws; that is told as a finding of its own. */
export type Check = {
  name: string
  /** Whether it reads our tables: left out while the database is not in a state to be read. */
  readsTables: boolean
  run(patient: Patient): Promise<Finding[]>
}
