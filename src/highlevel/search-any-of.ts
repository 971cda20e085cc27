import { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'
import { readWholeContact, type WholeContact } from './whole-contact.ts'

/** What a contact is looked for by: exactly this value. */
export type Sought = { field: 'id' | 'email' | 'phone'; value: string }

/** A contact as the search shows it: late by seconds, and with its names in small letters only. */
export type FoundItem = {
  /** Without its names. */
  contact: WholeContact
  firstNameLowerCase: string | null
  lastNameLowerCase: string | null
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

/**
 * Many contacts by one call (HighLevel docs: Search Contacts; a group of filters with OR). Nobody found proves little: the index
 * lags behind by seconds.
 */
export function createSearchAnyOf(): SearchAnyOf {
  let taken = MOST_AT_FIRST
  return async (api, locationId, sought) => {
    const found: FoundItem[] = []
    let most = taken
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
    taken = most
    return found
  }
}

const answerOf = z.object({ contacts: z.array(z.looseObject({ id: z.string().regex(/^[\w-]{1,64}$/) })) })

async function searchOnce(api: HighLevelApi, locationId: string, sought: readonly Sought[]): Promise<FoundItem[]> {
  const filters = [{ group: 'OR', filters: sought.map(({ field, value }) => ({ field, operator: 'eq', value })) }]
  const request = { method: 'POST', path: '/contacts/search', version: '2021-07-28', repeatable: true } as const
  const body = { locationId, pageLimit: PAGE, filters }
  const answer = await api({ ...request, scope: 'contacts.readonly', body })
  return readAnswer(answerOf, answer).contacts.map(toItem)
}

/** Its items have names of their own for the company and the street. */
function toItem({ businessName, address, firstName, lastName, name, ...item }: Record<string, unknown>): FoundItem {
  return {
    contact: readWholeContact({ contact: { companyName: businessName, address1: address, ...item } }),
    firstNameLowerCase: textOf(item.firstNameLowerCase),
    lastNameLowerCase: textOf(item.lastNameLowerCase),
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() ? value.trim() : null)
