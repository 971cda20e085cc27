import type { WholeContact } from './whole-contact.ts'
import type { ContactBody, DndSettings } from './write-contacts.ts'

export type Restrictions = { all?: boolean; email?: boolean; sms?: boolean }

/** The channels that HighLevel's document of contacts knows in this version (DndSettingsSchema). */
const CHANNELS = ['Call', 'Email', 'SMS', 'WhatsApp', 'GMB', 'FB']

const ON = { status: 'active' }

/**
 * What has to be sent so that the contact is disturbed on fewer channels: nothing where that is so already. The settings of
 * the other channels go along, since nothing says whether they would be kept.
 */
export function restrict(
  known: Partial<Pick<WholeContact, 'doNotDisturb' | 'dndSettings'>>,
  wanted: Restrictions,
): Pick<ContactBody, 'dnd' | 'dndSettings'> {
  const isOn = known.doNotDisturb ?? { all: false, email: false, sms: false }
  const channels = {
    ...(wanted.email && !isOn.email && { Email: ON }),
    ...(wanted.sms && !isOn.sms && { SMS: ON }),
  }
  return {
    ...(wanted.all && !isOn.all && { dnd: true }),
    ...(Object.keys(channels).length > 0 && { dndSettings: { ...sendable(known.dndSettings ?? {}), ...channels } }),
  }
}

/**
 * The opposite, for whoever may say so: on every channel that is named, with the reason. A `permanent` one is not ours to
 * lift.
 */
export function allow(
  known: Pick<WholeContact, 'doNotDisturb' | 'dndSettings'>,
  wanted: Restrictions,
  reason: string,
): Pick<ContactBody, 'dnd' | 'dndSettings'> {
  const lifted = { ...(wanted.email && lift(known, 'Email', reason)), ...(wanted.sms && lift(known, 'SMS', reason)) }
  return {
    ...(wanted.all && known.doNotDisturb.all && { dnd: false }),
    ...(Object.keys(lifted).length > 0 && { dndSettings: { ...sendable(known.dndSettings), ...lifted } }),
  }
}

const lift = ({ dndSettings }: Pick<WholeContact, 'dndSettings'>, channel: string, message: string): DndSettings => {
  const status = settingOf(dndSettings, channel)?.status.toLowerCase() ?? 'inactive'
  return status === 'inactive' || status === 'permanent' ? {} : { [channel]: { status: 'inactive', message } }
}

/** The first letter is small in v3. */
const settingOf = (settings: DndSettings, channel: string): DndSettings[string] | undefined =>
  Object.entries(settings).find(([name]) => name.toLowerCase() === channel.toLowerCase())?.[1]

function sendable(settings: DndSettings): DndSettings {
  return Object.fromEntries(
    CHANNELS.flatMap((channel) => {
      const setting = settingOf(settings, channel)
      return setting ? [[channel, setting]] : []
    }),
  )
}

/** Whether everything wanted is so now. */
export const isRestricted = (
  { doNotDisturb }: Pick<WholeContact, 'doNotDisturb'>,
  { all, email, sms }: Restrictions,
): boolean => (!all || doNotDisturb.all) && (!email || doNotDisturb.email) && (!sms || doNotDisturb.sms)
