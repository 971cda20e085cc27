import type { z } from 'zod'
import type { ContactNews } from '../../flows/contact-state.ts'
import type { contactFields } from '../../highlevel/events/contact.ts'
import type { TakenEvent } from './handler.ts'

/** By the names of the platform's documents, and RCS, which was seen beside them. */
const CHANNELS = ['call', 'email', 'sms', 'gmb', 'fb', 'whatsapp', 'rcs']

/** What an event says of a contact's tags and do-not-disturb. A list that is missing, or null, says nothing. */
export function contactNews({ kind, fields, at }: TakenEvent): ContactNews {
  const { tags, dnd, dndSettings } = fields as z.infer<typeof contactFields>
  const switches = [...(typeof dnd === 'boolean' ? [['all', dnd] as const] : []), ...channelsOf(dndSettings ?? {})]
  return {
    at,
    isNew: kind.type === 'ContactCreate',
    ...(tags && { tags: cleanTags(tags) }),
    ...(switches.length > 0 && { doNotDisturb: Object.fromEntries(switches) }),
  }
}

function channelsOf(settings: Record<string, unknown>): [string, boolean][] {
  return Object.entries(settings).flatMap(([name, setting]): [string, boolean][] => {
    const channel = name.toLowerCase()
    const status = (setting as { status?: unknown } | null)?.status
    if (!CHANNELS.includes(channel) || typeof status !== 'string' || status === '') return []
    // `active` and `permanent` restrict; a state that nobody knows is taken for one that does.
    return [[channel, status.toLowerCase() !== 'inactive']]
  })
}

/** Each once, whatever its case: to the platform `VIP` and `vip` are one tag. */
function cleanTags(tags: string[]): string[] {
  const names = tags.map((tag) => tag.trim()).filter((tag) => tag !== '')
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()]
}
