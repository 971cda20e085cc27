import { DAY_SHARES } from '../tenants/call-rules.ts'
import { listNearDailyLimit } from '../tenants/daily-use-store.ts'
import type { Check } from './check.ts'
import { type Finding, ok, warn } from './finding.ts'

/** Here an operator hears of it before what can wait has to. */
const NEAR_PERCENT = 70
const MOST_LISTED = 50

/** Whether tenants come near what the platform allows them in a day. */
export const checkQuota: Check = {
  name: 'daily limits',
  readsTables: true,
  run: async ({ database }) => {
    const near = await listNearDailyLimit(database.system, { percent: NEAR_PERCENT, limit: MOST_LISTED })
    return near.length > 0 ? near.map(describe) : [ok('No account is near its daily limit at the platform.')]
  },
}

type Near = Awaited<ReturnType<typeof listNearDailyLimit>>[number]

function describe({ account, used, most, until }: Near): Finding {
  const percent = Math.floor((100 * used) / most)
  const rest =
    percent < DAY_SHARES.bulk ? 'Imports and checks wait from 80 % on' : 'Imports and checks wait until the day is over'
  return warn(
    `${account} has used ${percent} % of its calls to the platform today: ${used} of ${most}, until ${until.toISOString()}.`,
    `${rest}; events go on. If it is so every day, see whether another program uses the same app for this account.`,
  )
}
