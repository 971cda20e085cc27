import { setTimeout as sleep } from 'node:timers/promises'
import type { Line } from '../../support/line.ts'
import type { Random } from '../../support/random.ts'
import { type Channel, type Edit, FIELDS, type FieldName, phoneOf, type Values } from './edits.ts'

export type Tenant = { index: number; tenantId: string; locationId: string; token: string; connectionId: string }

/** Does to the sandboxes what a person would do on their pages; they tell of it as they would then. */
export function carryOut(line: Line, tenant: Tenant, edit: Edit): void {
  const control = edit.side === 'highlevel' ? line.highLevel.control : line.activeTrail.control
  const drop = 'dropNextWebhooks' in control ? control.dropNextWebhooks : control.dropNextHooks
  if (edit.isUnheard) drop(MOST_EVENTS_OF_AN_EDIT)
  if (edit.side === 'highlevel') carryOutHere(line, tenant, edit)
  else carryOutThere(line, tenant, edit)
  if (edit.isUnheard) drop(0)
}

const MOST_EVENTS_OF_AN_EDIT = 3

function carryOutHere({ highLevel: { control } }: Line, { index, locationId }: Tenant, edit: Edit): void {
  const phone = phoneOf(index, edit.person)
  if (edit.do === 'create') {
    control.createContact(locationId, { phone, ...edit.values, tags: edit.labels })
    return
  }
  const found = control.contacts(locationId).find((contact) => contact.phone === phone)
  if (!found) throw new Error(`There is no ${phone} at HighLevel.`)
  if (edit.do === 'delete') control.deleteContact(found.id)
  else control.updateContact(found.id, inputHere(edit, found.tags))
}

function inputHere(edit: Edit, tags: string[]) {
  if (edit.do === 'write') return edit.values
  if (edit.do === 'label') return { tags: [...tags.filter((tag) => !edit.remove.includes(tag)), ...edit.add] }
  if (edit.do !== 'opt out') return { companyName: `Touched ${Math.random()}` }
  if (edit.channel === 'all') return { dnd: true }
  const status = { status: 'active', message: '', code: '' } as const
  return { dndSettings: edit.channel === 'email' ? { Email: status } : { SMS: status } }
}

const RESTRICTED_THERE: Record<Channel, object> = {
  email: { status: 'Unsubscribed' },
  sms: { sms_status: 'Unsubscribed' },
  all: { is_do_not_mail: true },
}

function carryOutThere({ activeTrail: { control } }: Line, { index, token }: Tenant, edit: Edit): void {
  const sms = phoneOf(index, edit.person)
  if (edit.do === 'create') {
    const { id } = control.createContact({ sms, ...valuesThere(edit.values) }, token)
    for (const label of edit.labels) control.addMember(groupOf(control, token, label), id)
    return
  }
  const found = control.contacts(token).find((contact) => contact.sms === sms)
  if (!found) throw new Error(`There is no ${sms} in ActiveTrail.`)
  if (edit.do === 'delete') {
    control.deleteContact(found.id)
    return
  }
  if (edit.do === 'label') {
    for (const label of edit.add) control.addMember(groupOf(control, token, label), found.id)
    for (const label of edit.remove)
      if (found.groups.includes(label)) control.removeMember(groupOf(control, token, label), found.id)
    return
  }
  control.editContact(found.id, bodyThere(edit))
}

function bodyThere(edit: Edit): object {
  if (edit.do === 'write') return valuesThere(edit.values)
  return edit.do === 'opt out' ? RESTRICTED_THERE[edit.channel] : { ext1: `Touched ${Math.random()}` }
}

const valuesThere = (values: Values): object =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [FIELDS[name as FieldName].there, value]))

const groupOf = (control: Line['activeTrail']['control'], token: string, name: string): number =>
  control.groups(token).find((group) => group.name === name)?.id ?? control.createGroup(name, token).id

/** All tenants' edits, one tenant's in their order. `pauseMs`: at most so long between two of a tenant. */
export async function carryOutAll(
  line: Line,
  random: Random,
  work: readonly { tenant: Tenant; edits: readonly Edit[] }[],
  pauseMs: number,
): Promise<void> {
  await Promise.all(
    work.map(async ({ tenant, edits }) => {
      for (const edit of edits) {
        carryOut(line, tenant, edit)
        if (pauseMs > 0) await sleep(random.between(0, pauseMs))
      }
    }),
  )
}
