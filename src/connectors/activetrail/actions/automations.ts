import { z } from 'zod'
import type { Action } from '../../connector.ts'
import { type ActiveTrailCredentials, createClient } from '../client.ts'
import { filledInObject, id } from './inputs.ts'

const activation = z.strictObject({ automation_id: id, is_active: z.boolean('Enter true or false.') })

export const setAutomationActive: Action<ActiveTrailCredentials, z.infer<typeof activation>> = {
  key: 'set_automation_active',
  name: 'Switch a journey on or off',
  description: 'Switches a journey on or off for everybody.',
  object: 'automation',
  fields: [
    { key: 'automation_id', label: 'Journey', type: 'text', required: true },
    { key: 'is_active', label: 'On', type: 'boolean', required: true },
  ],
  input: filledInObject(activation),
  repeat: 'repeatable',
  async run(context, { automation_id, is_active }) {
    await createClient(context).put(`/automations/${automation_id}/activation`, { is_active })
    return { id: String(automation_id), effect: 'updated' }
  },
}
