import { HIDDEN, maskName, maskText } from '../sync/mask.ts'

const DEEPEST = 6
const MOST_NAMES = 60
const MOST_ITEMS = 20
/** Values in all: a page of a few hundred lines says enough. */
const MOST_VALUES = 400

/**
 * A payload as operators may see it: what it is about and when, not what it says of anybody. Readable are booleans, ids,
 * moments and a few words of the platform's own, each only under a name that stands for such a thing and in the form that it
 * has; everything else is masked, and what is deep or long is cut.
 */
export function maskPayload(payload: unknown): unknown {
  let left = MOST_VALUES
  const mask = (name: string, value: unknown, depth: number): unknown => {
    left -= 1
    if (left < 0 || depth > DEEPEST) return CUT
    if (Array.isArray(value)) return maskList(name, value, depth)
    if (typeof value === 'object' && value !== null) return maskObject(value, depth)
    return maskValue(name, value)
  }
  const maskList = (name: string, items: unknown[], depth: number): unknown[] => {
    const shown = items.slice(0, MOST_ITEMS).map((item) => mask(name, item, depth + 1))
    return items.length > MOST_ITEMS ? [...shown, `${CUT} ${items.length - MOST_ITEMS} more`] : shown
  }
  const maskObject = (object: object, depth: number): unknown => {
    const entries = Object.entries(object)
    const shown = entries.slice(0, MOST_NAMES).map(([name, value], index) => {
      const open = maskName(name)
      return [open === HIDDEN ? `${HIDDEN} ${index + 1}` : open, mask(name, value, depth + 1)]
    })
    if (entries.length > MOST_NAMES) shown.push([CUT, `${entries.length - MOST_NAMES} more`])
    return Object.fromEntries(shown)
  }
  return mask('', payload, 0)
}

const CUT = '…'

function maskValue(name: string, value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value
  const text = String(value)
  return typeof value === 'string' && isOpen(name, text) ? text : maskText(text)
}

const isOpen = (name: string, text: string): boolean =>
  (ID_NAME.test(name) && ID.test(text)) ||
  (TIME_NAME.test(name) && TIME.test(text)) ||
  (WORD_NAME.test(name) && WORDS.has(text))

const ID_NAME = /^_?id$|_id$|Ids?$|^(assignedTo|users)$/
/** As the platform makes them, with a letter and a digit: no name of a person, and no number. */
const ID =
  /^(?=.*\d)(?=.*[a-z])([a-z0-9]{20}|[a-f0-9]{24}|[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})$/i

/** Not the day on which somebody was born. */
const TIME_NAME =
  /^timestamp$|^date(Added|Updated|Created|Deleted)$|^(created|updated|deleted)(At|On)$|^(start|end)Time$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?$/

const WORD_NAME = /^type$|Type$|^status$|Status$|^direction$/
const WORDS = new Set([
  ...['INSTALL', 'UNINSTALL', 'UPDATE', 'PLAN_CHANGE', 'EXTERNAL_AUTH_CONNECTED'],
  ...[
    'Contact',
    'Note',
    'Task',
    'Appointment',
    'Opportunity',
    'Location',
    'User',
    'Invoice',
    'Order',
    'Product',
    'Price',
  ].flatMap((noun) => ['Create', 'Update', 'Delete', 'Complete', 'StatusUpdate'].map((verb) => `${noun}${verb}`)),
  ...['ContactTagUpdate', 'ContactDndUpdate', 'CampaignStatusUpdate', 'InboundMessage', 'OutboundMessage'],
  ...['Location', 'Company', 'location', 'company', 'oauth2', 'basic', 'SMS', 'Email', 'Call', 'inbound', 'outbound'],
  ...['active', 'inactive', 'permanent', 'open', 'won', 'lost', 'abandoned', 'new', 'confirmed', 'cancelled'],
  ...['showed', 'noshow', 'invalid', 'pending', 'completed', 'draft', 'sent', 'paid', 'void'],
])
