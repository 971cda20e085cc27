import type { PollTrigger } from '../../connector.ts'
import type { ActiveTrailCredentials } from '../client.ts'
import { pageRows, readInferred } from '../inferred.ts'
import { pollTrigger } from '../polling/poll-trigger.ts'
import { source } from '../polling/sources.ts'

const newPage = (key: string, name: string, path: string) =>
  pollTrigger({
    key,
    name,
    object: 'form',
    fields: [
      { key: 'form_id', label: 'ActiveTrail id', type: 'text' },
      { key: 'name', label: 'Name', type: 'text' },
    ],
    watch: {
      tells: 'appeared',
      sources: async () => [source(path)],
      read: (answer) => ({
        rows: readInferred('pages', pageRows, answer).map(({ id, name }) => ({
          key: String(id),
          who: { id: String(id) },
          at: null,
          data: { form_id: String(id), name: name ?? null },
        })),
      }),
    },
  })

export const pageTriggers: PollTrigger<ActiveTrailCredentials>[] = [
  newPage('landing_page_created', 'Landing page created', '/landingpage'),
  newPage('signup_form_created', 'Sign-up form created', '/signupforms'),
]
