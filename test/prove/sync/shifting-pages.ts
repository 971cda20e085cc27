import { eventually, type Owner, openPage } from '../../support/people.ts'
import { differs, type Place } from './place.ts'

const CONTACTS = 200
const ON_A_PAGE = 25
const SHIFTS = 7
const SEARCH = /^\/contacts\/search/
const EXPIRED = JSON.stringify({ statusCode: 400, message: 'The searchAfter has expired.', error: 'Bad Request' })

/**
 * C9: an account is brought over while its list changes between the pages: contacts come, change and go, some are listed twice,
 * a page holds fewer than were asked for, and where reading had come to is not accepted any more. No webhook tells of any of it.
 */
export async function shifting(place: Place): Promise<string[]> {
  const { ground, tenant, platform } = place
  const { control } = ground.line.highLevel
  control.dropNextWebhooks(1e6)
  const ids = Array.from({ length: CONTACTS }, (_, at) => addContact(place, at))
  const owner = await openOwner(place)
  const id = await planned(place, owner)
  let pages = 0
  let before: Listed[] = []
  const shift = (answer: Record<string, unknown>): object => {
    pages += 1
    if (pages <= SHIFTS) change(place, ids, pages)
    const listed = (answer.contacts as Listed[]).slice(0, ON_A_PAGE)
    const again = pages <= SHIFTS && isBehind(listed, before) ? before.slice(-5) : []
    before = listed
    return { ...answer, contacts: [...again, ...listed] }
  }
  platform.spoil('POST', SEARCH, { kind: 'change', body: shift }, 3)
  platform.spoil('POST', SEARCH, { kind: 'answer', status: 400, body: EXPIRED })
  platform.spoil('POST', SEARCH, { kind: 'change', body: shift }, 1e6)
  await owner.send('POST', `/settings/backfills/${id}/run`, { confirmed: true })
  await becomes(place, id, 'done')
  control.dropNextWebhooks(0)
  const there = ground.line.activeTrail.control.contacts(tenant.token)
  const problems = control
    .contacts(tenant.locationId)
    .filter(({ email }) => email?.startsWith('shifted.'))
    .flatMap(({ email, city }) =>
      differs(
        `${email} there`,
        there.filter((one) => one.email === email).map((one) => one.city),
        [city],
      ),
    )
  return [...problems, ...(pages > SHIFTS + 3 ? [] : [`it read only ${pages} pages`])]
}

type Listed = { dateAdded: string }

/** In the order that was asked for, so that listing some of them twice keeps to it. */
const isBehind = ([first]: Listed[], before: Listed[]): boolean =>
  first !== undefined && before.length > 0 && first.dateAdded >= String(before.at(-1)?.dateAdded)

const addContact = ({ ground, tenant }: Place, at: number): string =>
  ground.line.highLevel.control.createContact(tenant.locationId, { email: `shifted.${at}@example.com`, city: 'Haifa' })
    .id

/** Of those that were read and of those that were not, one changes and one goes; and one comes. */
function change(place: Place, ids: readonly string[], page: number): void {
  const { control } = place.ground.line.highLevel
  for (const at of [page, CONTACTS - page]) {
    control.updateContact(String(ids[at * 2 > CONTACTS ? at : at + 10]), { city: `Moved ${page}` })
    control.deleteContact(String(ids[at * 2 > CONTACTS ? at - 20 : at + 30]))
  }
  addContact(place, CONTACTS + page)
}

function openOwner({ ground: { line }, tenant: { locationId } }: Place): Promise<Owner> {
  const users = line.highLevel.control.users(locationId).filter(({ role }) => role === 'admin')
  return openPage(line, String((users.find(({ type }) => type !== 'agency') ?? users[0])?.id), locationId)
}

async function planned(place: Place, owner: Owner): Promise<string> {
  const flow = await place.ground
    .sql('flows')
    .where({ tenant_id: place.tenant.tenantId, trigger: 'highlevel.contact_changed' })
    .first('id')
  const { id } = (await (await owner.send('POST', '/settings/backfills', { flowId: flow.id })).json()) as { id: string }
  await becomes(place, id, 'planned')
  await owner.send('POST', `/settings/backfills/${id}/test`)
  await becomes(place, id, 'tested')
  return id
}

const becomes = ({ ground, tenant }: Place, id: string, status: string): Promise<unknown> =>
  eventually(
    () => ground.sql('backfills').where({ tenant_id: tenant.tenantId, id }).first('status', 'done'),
    (seen) => seen?.status === status || seen?.status === 'failed',
    180_000,
  )
