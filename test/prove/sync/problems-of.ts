import type { Line } from '../../support/line.ts'
import type { Tenant } from './carry-out.ts'
import { type Channel, FIELD_NAMES, FIELDS, phoneOf } from './edits.ts'
import type { Expected, ExpectedField, People } from './expected.ts'

/** What of one tenant is not as the edits have it; a sentence each. */
export type Problems = Record<
  'fields' | 'labels' | 'consent' | 'deletions' | 'duplicates' | 'links' | 'ledger' | 'conflicts' | 'runs',
  string[]
>

export const GONE_TAG = 'gone there'

type Here = ReturnType<Line['highLevel']['control']['contacts']>[number]
type There = ReturnType<Line['activeTrail']['control']['contacts']>[number]
type Pair = { phone: string; expected: Expected; here: Here[]; there: There[] }

/** Held against what the edits led to: both sides, and what the product has on record. */
export async function problemsOf(line: Line, tenant: Tenant, people: People): Promise<Problems> {
  const allHere = line.highLevel.control.contacts(tenant.locationId)
  const allThere = line.activeTrail.control.contacts(tenant.token)
  const pairs = [...people].map(([person, expected]): Pair => {
    const phone = phoneOf(tenant.index, person)
    const here = allHere.filter((one) => one.phone === phone)
    return { phone, expected, here, there: allThere.filter(({ sms }) => sms === phone) }
  })
  const whole = pairs.filter(({ expected }) => expected.deletedOn === null)
  return {
    fields: whole.flatMap(fieldProblems),
    labels: whole.flatMap(labelProblems),
    consent: whole.flatMap(consentProblems),
    deletions: pairs.flatMap(deletionProblems),
    duplicates: pairs.flatMap(duplicateProblems),
    ...(await recordProblems(line, tenant, pairs)),
  }
}

const fieldProblems = ({ phone, expected, here: [here], there: [there] }: Pair): string[] =>
  FIELD_NAMES.flatMap((name) => {
    const wanted: ExpectedField | undefined = expected.fields[name]
    const [h, p] = [here?.[name] ?? null, there?.[FIELDS[name].there] ?? null]
    const isMet = wanted
      ? wanted.anyOf.some((one) => one.highlevel === h && one.partner === p)
      : h === null && p === null
    return isMet ? [] : [`${phone} ${name}: ${h} | ${p}, not ${JSON.stringify(wanted?.anyOf)}`]
  })

function labelProblems({ phone, expected, here: [here], there: [there] }: Pair): string[] {
  const wanted = [...expected.labels].sort().join()
  const [h, p] = [here?.tags ?? [], there?.groups ?? []].map((labels) => labels.toSorted().join())
  return h === wanted && p === wanted ? [] : [`${phone} labels: ${h} | ${p}, not ${wanted}`]
}

const RESTRICTED: Record<Channel, { here(contact: Here): boolean; there(contact: There): boolean }> = {
  email: {
    here: ({ dnd, dndSettings }) => dnd || isOn(dndSettings.Email),
    there: ({ status, is_do_not_mail }) => status === 'Unsubscribed' || is_do_not_mail === true,
  },
  sms: {
    here: ({ dnd, dndSettings }) => dnd || isOn(dndSettings.SMS),
    there: ({ sms_status, is_do_not_mail }) => sms_status === 'Unsubscribed' || is_do_not_mail === true,
  },
  all: { here: ({ dnd }) => dnd, there: ({ is_do_not_mail }) => is_do_not_mail === true },
}

const isOn = (setting: { status: string } | undefined): boolean =>
  setting?.status === 'active' || setting?.status === 'permanent'

const consentProblems = ({ phone, expected, here: [here], there: [there] }: Pair): string[] =>
  (['email', 'sms', 'all'] as const).flatMap((channel) => {
    const wanted = expected.optOuts.has(channel) || (channel !== 'all' && expected.optOuts.has('all'))
    const [h, p] = [here && RESTRICTED[channel].here(here), there && RESTRICTED[channel].there(there)]
    return h === wanted && p === wanted ? [] : [`${phone} no ${channel}: ${h} | ${p}, not ${wanted}`]
  })

function deletionProblems({ phone, expected: { deletedOn }, here, there }: Pair): string[] {
  const [isHere, isThere] = [here.length > 0, there.some((one) => one.is_deleted !== true)]
  if (deletedOn === 'highlevel') return isHere || isThere ? [`${phone} was deleted here: ${isHere} | ${isThere}`] : []
  if (deletedOn === null) return isHere && isThere ? [] : [`${phone} is missing: ${isHere} | ${isThere}`]
  const isTagged = here[0]?.tags.includes(GONE_TAG)
  return isTagged && !isThere ? [] : [`${phone} was deleted there: tagged ${isTagged}, there ${isThere}`]
}

const duplicateProblems = ({ phone, here, there }: Pair): string[] =>
  here.length > 1 || there.length > 1 ? [`${phone}: ${here.length} here, ${there.length} there`] : []

async function recordProblems(line: Line, { tenantId }: Tenant, pairs: Pair[]) {
  const rows = (table: string, where: object) =>
    line.database.system.sql(table).where({ tenant_id: tenantId, ...where })
  const links = await rows('links', { object: 'contact' })
  const linked = new Set(links.map((link) => `${link.highlevel_id} ${link.partner_id}`))
  const unlinked = pairs
    .filter(({ expected }) => expected.deletedOn === null)
    .filter(({ here: [here], there: [there] }) => !linked.has(`${here?.id} ${there?.id}`))
  const extra = linked.size - pairs.filter(({ expected }) => expected.deletedOn !== 'highlevel').length
  const open = await openWrites(line, tenantId)
  const asked = await rows('conflicts', { state: 'open' })
  const unsettled = await rows('deliveries', {}).whereNotIn('state', ['done', 'ignored'])
  const runs = await rows('runs', {}).whereIn('outcome', ['failed', 'retrying'])
  const unlinkedNames = unlinked.map(({ phone }) => `${phone} has no link`)
  return {
    links: [...unlinkedNames, ...(extra === 0 ? [] : [`${extra} links more than pairs`])],
    ledger: open.map(
      ({ side, kind, highlevel_id, trigger, event_type }) =>
        `a write is open: ${kind} ${side} of ${highlevel_id}, by ${trigger} of ${event_type}`,
    ),
    conflicts: conflictProblems(asked, pairs),
    runs: [
      ...unsettled.map(
        ({ source, event_type, state, reason }) => `a delivery is ${state}: ${source} ${event_type}: ${reason}`,
      ),
      ...runs.map(({ outcome, reason, trigger }) => `a run is ${outcome}: ${trigger}: ${reason}`),
    ],
  }
}

/** With what led to them. */
const openWrites = (line: Line, tenantId: string) =>
  line.database.system
    .sql('writes')
    .leftJoin('runs', (runs) => runs.on('runs.tenant_id', 'writes.tenant_id').on('runs.id', 'writes.run_id'))
    .leftJoin('deliveries', (told) =>
      told.on('deliveries.tenant_id', 'runs.tenant_id').on('deliveries.id', 'runs.delivery_id'),
    )
    .where({ 'writes.tenant_id': tenantId, 'writes.state': 'open' })
    .select('writes.side', 'writes.kind', 'writes.highlevel_id', 'runs.trigger', 'deliveries.event_type')

type Asked = { kind: string; field: string; highlevel_id: string }

function conflictProblems(asked: Asked[], pairs: Pair[]): string[] {
  const wanted = pairs.flatMap(({ expected, here: [here], phone }) =>
    expected.fields.city?.isDisputed && expected.deletedOn === null ? [{ id: here?.id, phone }] : [],
  )
  const living = new Set(pairs.filter(({ expected }) => expected.deletedOn === null).map(({ here }) => here[0]?.id))
  const isFor = (one: Asked, id: string | undefined): boolean =>
    one.kind === 'field' && one.field === 'city' && one.highlevel_id === id
  const missing = wanted.filter(({ id }) => !asked.some((one) => isFor(one, id)))
  const extra = asked
    .filter((one) => living.has(one.highlevel_id) || one.kind !== 'field')
    .filter((one) => !wanted.some(({ id }) => isFor(one, id)))
  return [
    ...missing.map(({ phone }) => `${phone}: nobody is asked about the city`),
    ...extra.map(({ kind, field }) => `somebody is asked about ${kind} ${field}`),
  ]
}
