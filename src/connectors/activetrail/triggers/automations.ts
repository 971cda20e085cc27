import type { Field } from '../../../lib/field.ts'
import type { PollTrigger } from '../../connector.ts'
import { type ActiveTrailClient, type ActiveTrailCredentials, listAll, readAnswer } from '../client.ts'
import { readInferred } from '../inferred.ts'
import type { Source } from '../polling/place.ts'
import { pollTrigger } from '../polling/poll-trigger.ts'
import type { SweepAround, Watch } from '../polling/round.ts'
import { keyOf, type Listed } from '../polling/row.ts'
import { chosenId, source } from '../polling/sources.ts'
import { automationAnswer, journeyContactsAnswer } from '../schemas.ts'
import { personData, personFields } from './fields.ts'

const option: Field = { key: 'automation_id', label: 'Journey (blank: all)', type: 'text' }
const info: Field[] = [
  { key: 'automation_id', label: 'ActiveTrail id of the journey', type: 'text' },
  { key: 'automation_name', label: 'Journey', type: 'text' },
]

const report = (name: string, read: (answer: unknown) => Answer): Watch => ({
  tells: 'appeared',
  sources: async (client, { options }) => await reports(client, options, name),
  read: (answer) => listed(read(answer)),
})

type Answer = ReturnType<typeof journeyContactsAnswer.parse>

async function reports(client: ActiveTrailClient, options: SweepAround['options'], report: string): Promise<Source[]> {
  const chosen = chosenId(options, option.key)
  if (chosen) return [reportOf(chosen, null, { report, isChosen: true })]
  const automations = await listAll(client, '/automations', {}, automationAnswer)
  return automations.map(({ id, details }) => reportOf(String(id), details?.name ?? null, { report, isChosen: false }))
}

const reportOf = (id: string, name: string | null, { report, isChosen }: { report: string; isChosen: boolean }) => {
  const about = { automation_id: id, automation_name: name }
  return source(`/automationreports/${id}/${report}`, { key: id, about, isChosen })
}

/** A contact may go through a journey again: the time is part of what happened. */
const listed = ({ contacts_steps: steps, total_items }: Answer): Listed => ({
  rows: steps.map((step) => ({
    key: `${step.customer_id}-${keyOf(step.date_created_utc ?? null)}`,
    who: { id: String(step.customer_id) },
    at: step.date_created_utc ? `${step.date_created_utc}Z`.replace(/ZZ$/, 'Z') : null,
    data: { contact_id: String(step.customer_id), ...personData(step) },
  })),
  total: total_items ?? undefined,
})

const aboutJourney = (key: string, name: string, watch: Watch) =>
  pollTrigger({ key, name, object: 'contact', options: [option], fields: [...personFields, ...info], watch })

export const automationTriggers: PollTrigger<ActiveTrailCredentials>[] = [
  aboutJourney(
    'automation_started',
    'Journey started',
    report('ContactsStarted', (answer) => readAnswer(journeyContactsAnswer, answer)),
  ),
  aboutJourney(
    'automation_completed',
    'Journey completed',
    report('ContactsEnded', (answer) => readInferred('journeysEnded', journeyContactsAnswer, answer)),
  ),
]
