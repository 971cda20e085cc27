import type { PartnerPace } from '../../src/connections/partner-pace.ts'
import type { Pace } from '../../src/highlevel/pace.ts'

/** For calls that no limit counts. */
export const unpaced: Pace = { permit: async () => ({ report: async () => {} }) }
export const unpacedPartners: PartnerPace = { paced: (http) => http }
