import { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

/** What a contact is looked for by: exactly this value. */
export type Sought = { field: 'id' | 'email' | 'phone'; value: string }

/**
 * A contact as the search shows it: late by seconds, and its names in small letters only. Texts by HighLevel's names, the rest
 * as it came.
 */
export type FoundItem = {
  id: string
  texts: Record<string, string>
  firstNameLowerCase: string | null
  lastNameLowerCase: string | null
  customFields: { id: string; value: unknown }[]
  /** Milliseconds, the platform's clock. */
  updatedAt: number | null
  dnd: unknown
  dndSettings: unknown
}

/** Undefined where more were found than an answer shows. */
export type SearchAnyOf = (
  api: HighLevelApi,
  locationId: string,
  sought: readonly Sought[],
) => Promise<FoundItem[] | undefined>

/** The documents show groups of two and name no limit; what refuses so many is asked for fewer from then on. */
const MOST_AT_FIRST = 200
const FEWEST = 10
/** The documents' own sample. */
const PAGE = 500
/** Longer values are refused. */
export const LONGEST = 75

const text = z.string().nullish().catch(null)
const answerOf = z.object({
  contacts: z.array(
    z.object({
      ...{
        id: z.string().regex(/^[\w-]{1,64}$/),
        dateUpdated: text,
        firstNameLowerCase: text,
        lastNameLowerCase: text,
      },
      ...{ email: text, phone: text, businessName: text, address: text, city: text, state: text, postalCode: text },
      ...{ country: text, website: text, timezone: text, source: text, dateOfBirth: text, assignedTo: text },
      customFields: z.array(z.object({ id: z.string(), value: z.unknown() })).nullish(),
      ...{ dnd: z.unknown(), dndSettings: z.unknown() },
    }),
  ),
})

/**
 * Many contacts by one call (HighLevel docs: Search Contacts; a group of filters with OR). Nobody found proves little: the index
 * lags behind by seconds.
 */
export function createSearchAnyOf(): SearchAnyOf {
  let most = MOST_AT_FIRST
  const search: SearchAnyOf = async (api, locationId, sought) => {
    const found: FoundItem[] = []
    for (let from = 0; from < sought.length; ) {
      const asked = sought.slice(from, from + most)
      try {
        const some = await searchOnce(api, locationId, asked)
        if (some.length >= PAGE) return undefined
        found.push(...some)
        from += asked.length
      } catch (error) {
        const isTooMuch = error instanceof Trouble && error.code === 'rejected' && asked.length > FEWEST
        if (!isTooMuch) throw error
        most = Math.max(FEWEST, Math.floor(asked.length / 2))
      }
    }
    return found
  }
  return search
}

async function searchOnce(api: HighLevelApi, locationId: string, sought: readonly Sought[]): Promise<FoundItem[]> {
  const filters = [{ group: 'OR', filters: sought.map(({ field, value }) => ({ field, operator: 'eq', value })) }]
  const request = { method: 'POST', path: '/contacts/search', version: '2021-07-28', repeatable: true } as const
  const body = { locationId, pageLimit: PAGE, filters }
  const answer = await api({ ...request, scope: 'contacts.readonly', body })
  return readAnswer(answerOf, answer).contacts.map(toItem)
}

function toItem(one: z.infer<typeof answerOf>['contacts'][number]): FoundItem {
  const { id, dateUpdated, firstNameLowerCase, lastNameLowerCase, customFields, dnd, dndSettings, ...texts } = one
  const { businessName, address, ...others } = texts
  const updatedAt = Date.parse(dateUpdated ?? '')
  return {
    id,
    texts: withValues({ ...others, companyName: businessName, address1: address }),
    ...{ firstNameLowerCase: firstNameLowerCase ?? null, lastNameLowerCase: lastNameLowerCase ?? null },
    customFields: (customFields ?? []).map(({ id: field, value }) => ({ id: field, value })),
    updatedAt: Number.isNaN(updatedAt) ? null : updatedAt,
    ...{ dnd, dndSettings },
  }
}

const withValues = (texts: Record<string, string | null | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])))
