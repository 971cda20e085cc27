import { isDeepStrictEqual } from 'node:util'
import type { Actor, AuditAction, AuditInput } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { TenantDb } from '../db/database.ts'
import type { TokenGrant } from '../highlevel/oauth.ts'
import { listMissingScopes } from '../highlevel/scopes.ts'
import type { Enqueue } from '../jobs/queue.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type InstallationFact, type InstallationState, learn } from './installation-state.ts'
import {
  findInstallationForChange,
  type Installation,
  isInstalled,
  isWorking,
  saveInstallation,
  unknownInstallation,
} from './installation-store.ts'
import { forgetPurge } from './purge-time-store.ts'
import type { Subject } from './subject.ts'
import { lockTenant } from './tenant-key-store.ts'
import { sealGrant } from './token-pair.ts'
import { deleteTokens, findPair, markPair, putTokens } from './token-store.ts'
import type { Vault } from './vault.ts'

export type NoteDeps = { vault: Vault; enqueue: Enqueue; now: Clock }

export type Note = {
  fact: InstallationFact
  actor: Actor
  /** Whose it is, where nothing may be known of it yet. */
  subject?: Subject
  /** The tokens that an authorization brought. */
  grant?: TokenGrant
  /** What the platform told beside the fact. */
  news?: News
  /** What else the log should say of it. */
  details?: AuditInput['details']
}

/** The app was updated there; or somebody signed in to an account outside, in the way named. */
export type News = { kind: 'updated' } | { kind: 'external_auth'; authType: string }

export type Noted = { before: Installation | undefined; after: Installation }

/**
 * The one place where an installation changes: one more fact, in the transaction in hand, which it makes wait for other
 * facts of the same installation. Undefined when the fact is about nothing we know.
 */
export async function noteFact(deps: NoteDeps, db: TenantDb, note: Note): Promise<Noted | undefined> {
  if (!(await lockTenant(db))) throw new AppError('try_later', { detail: BEING_DELETED })
  const before = await loadState(db)
  const known = before ?? (note.subject && unknownState(db.tenantId, note.subject))
  if (!known) return undefined
  const after = learn(known, note.fact)
  if (isOldNews(note, before, after)) return { before: before?.installation, after: after.installation }
  await saveInstallation(db, after.installation)
  if (hasComeBack(known, after)) await forgetPurge(db)
  await storePair(deps, db, note, known, after)
  const noted = { before: before?.installation, after: after.installation }
  for (const action of actionsOf(note, known, after, before === undefined)) {
    await recordAudit(db, auditEntry(action, note, noted, deps.now()))
  }
  await enqueueWork(deps, db, note, known, after)
  return noted
}

/** Two that asked at the same moment hear the same refusal: the second one changes nothing, not even the row. */
const isOldNews = ({ fact }: Note, before: InstallationState | undefined, after: InstallationState): boolean =>
  fact.kind === 'refused' && isDeepStrictEqual(before, after)

/** Its key was destroyed after it had been made sure that there is one. */
const BEING_DELETED = 'Everything of this account was deleted at this moment. Try again in a few minutes.'

const hasComeBack = (before: InstallationState, after: InstallationState): boolean =>
  before.installation.status === 'uninstalled' && after.installation.status !== 'uninstalled'

async function loadState(db: TenantDb): Promise<InstallationState | undefined> {
  const installation = await findInstallationForChange(db)
  return installation && { installation, pair: (await findPair(db)) ?? null }
}

const unknownState = (tenantId: string, subject: Subject): InstallationState => ({
  installation: unknownInstallation({ tenantId, ...subject }),
  pair: null,
})

async function storePair(
  deps: NoteDeps,
  db: TenantDb,
  { grant }: Note,
  before: InstallationState,
  after: InstallationState,
): Promise<void> {
  if (!after.pair) {
    if (before.pair) await deleteTokens(db)
  } else if (after.pair.generation !== before.pair?.generation) {
    if (!grant) throw new Error('An authorization comes with its tokens.')
    await putTokens(db, await sealGrant(deps.vault, db, grant, deps.now()))
  } else if (after.pair.trouble !== before.pair.trouble) {
    await markPair(db, after.pair.trouble)
  }
}

async function enqueueWork(
  deps: NoteDeps,
  db: TenantDb,
  { news }: Note,
  before: InstallationState,
  after: InstallationState,
): Promise<void> {
  const { tenantId } = db
  if (!isWorking(after.installation)) return
  if (isNewPair(before, after) || hasGainedScopes(before, after) || !isWorking(before.installation)) {
    const name = after.installation.userType === 'Company' ? 'mint-location-tokens' : 'replay-parked'
    await deps.enqueue(db, name, { tenantId }, { key: tenantId })
  }
  if (news?.kind === 'updated') await deps.enqueue(db, 'renew-token', { tenantId }, { key: tenantId })
}

function hasGainedScopes(before: InstallationState, after: InstallationState): boolean {
  const missing = listMissingScopes(after.installation)
  return listMissingScopes(before.installation).some((scope) => !missing.includes(scope))
}

const isNewPair = (before: InstallationState, after: InstallationState): boolean =>
  after.pair !== null && after.pair.generation !== before.pair?.generation

/** What the log says of it; nothing where nothing changed. */
function actionsOf(note: Note, before: InstallationState, after: InstallationState, isFirst: boolean): AuditAction[] {
  const missing = [before, after].map(({ installation }) => listMissingScopes(installation).join(' '))
  return [
    ...changesOf(note.fact, before, after, isFirst),
    ...(missing[0] === missing[1] ? [] : (['installation.scopes_changed'] as const)),
    ...(note.news?.kind === 'external_auth' ? (['installation.external_auth_connected'] as const) : []),
  ]
}

function changesOf(
  fact: InstallationFact,
  before: InstallationState,
  after: InstallationState,
  isFirst: boolean,
): AuditAction[] {
  const [was, is] = [before.installation, after.installation]
  if (isNewPair(before, after)) return [isInstalled(was) ? 'installation.reinstalled' : 'installation.installed']
  if (is.status !== was.status || isFirst) return [actionOf(fact, is)]
  const isUpdate = is.versionId !== was.versionId && was.versionId !== null
  const isPlanChange = is.planId !== was.planId && was.planId !== null
  return [
    ...(isUpdate ? (['installation.updated'] as const) : []),
    ...(isPlanChange ? (['installation.plan_changed'] as const) : []),
  ]
}

function actionOf(fact: InstallationFact, { status }: Installation): AuditAction {
  if (status !== 'active' && status !== 'unclaimed') return `installation.${status}`
  return fact.kind === 'claimed' ? 'installation.claimed' : 'installation.recovered'
}

const auditEntry = (
  action: AuditAction,
  { actor, fact, news, details }: Note,
  { before, after }: Noted,
  at: number,
) => ({
  action,
  actor,
  target: `installation/${after.tenantId}`,
  fields: CHANGED[fact.kind],
  details: {
    was: before?.status ?? 'unknown',
    is: after.status,
    ...details,
    ...(action === 'installation.updated' && { version: after.versionId ?? '' }),
    ...(action === 'installation.plan_changed' && { plan: after.planId ?? '' }),
    ...(action === 'installation.scopes_changed' && { missing: listMissingScopes(after).join(' ') }),
    ...(action === 'installation.external_auth_connected' &&
      news?.kind === 'external_auth' && { authType: news.authType }),
  },
  at,
})

const CHANGED: Record<InstallationFact['kind'], string[]> = {
  installed: ['status'],
  uninstalled: ['status', 'tokens', 'credentials'],
  authorized: ['status', 'scopes', 'tokens'],
  claimed: ['status'],
  refused: ['status'],
  renewed: ['status', 'scopes'],
  scope_refused: ['scopes'],
  described: ['status'],
}
