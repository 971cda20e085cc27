import type { Check } from './check.ts'
import { checkAudit } from './check-audit.ts'
import { checkBackfills } from './check-backfills.ts'
import { checkClock } from './check-clock.ts'
import { checkConfiguration } from './check-configuration.ts'
import { checkDatabase } from './check-database.ts'
import { checkDeliveries } from './check-deliveries.ts'
import { checkGaps } from './check-gaps.ts'
import { checkHooks } from './check-hooks.ts'
import { checkInstallLink } from './check-install-link.ts'
import { checkInstallations } from './check-installations.ts'
import { checkIntake } from './check-intake.ts'
import { checkKeys } from './check-keys.ts'
import { checkPlatform } from './check-platform.ts'
import { checkQueue } from './check-queue.ts'
import { checkQuota } from './check-quota.ts'
import { checkScopes } from './check-scopes.ts'
import { checkTriggers } from './check-triggers.ts'

/** In the order in which trouble is best mended. */
export const CHECKS: readonly Check[] = [
  checkConfiguration,
  checkDatabase,
  checkKeys,
  checkClock,
  checkPlatform,
  checkInstallLink,
  checkScopes,
  checkQueue,
  checkIntake,
  checkDeliveries,
  checkHooks,
  checkGaps,
  checkQuota,
  checkTriggers,
  checkBackfills,
  checkInstallations,
  checkAudit,
]
