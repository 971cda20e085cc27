import type { Install } from './data.ts'
import { installKey } from './tables.ts'
import type { World } from './world.ts'

/** Longer than any list lags behind. */
const KEPT_MS = 24 * 3_600_000

/** What stood for an install before, and until when; the latest last. */
export type InstallHistory = Map<string, { install: Install; until: number }[]>

/** To be called before an install is changed or removed. */
export function rememberInstall(world: World, install: Install): void {
  const key = installKey(install)
  const before = world.installs.get(key)
  if (before === undefined) return
  const now = world.now()
  const kept = (world.installHistory.get(key) ?? []).filter(({ until }) => until > now - KEPT_MS)
  world.installHistory.set(key, [...kept, { install: before, until: now }])
}

/** The install as it stood at that time. */
export function findInstallAt(
  world: World,
  wanted: { companyId: string; locationId: string | null },
  at: number,
): Install | undefined {
  const key = installKey(wanted)
  const former = world.installHistory.get(key)?.find(({ until }) => until > at)
  const install = former?.install ?? world.installs.get(key)
  return install !== undefined && Date.parse(install.installedAt) <= at ? install : undefined
}
