import type { Scope } from './platform-scopes.ts'

/** Something the product does, and what it needs from the platform for it. */
export type Feature = {
  key:
    | 'contact_changes'
    | 'contact_writing'
    | 'account_fields'
    | 'account_tags'
    | 'automations'
    | 'people'
    | 'note_changes'
    | 'task_changes'
    | 'appointment_changes'
    | 'opportunity_changes'
    | 'task_and_note_writing'
    | 'appointment_writing'
    | 'calendars'
    | 'opportunity_writing'
    | 'opportunity_fields'
    | 'account_name'
    | 'uninstall'
    | 'company_accounts'
    | 'account_tokens'
  /** In the owner's words. */
  name: string
  /** What becomes of it while a scope is missing. One sentence. */
  whenOff: string
  /** Whose tokens it uses. */
  userType: 'Location' | 'Company'
  scopes: readonly Scope[]
  /** Types of the webhooks that are taken for it. */
  events: readonly string[]
}

/** The ledger: what the app asks for, and why. Nothing is asked for ahead of its use. */
export const FEATURES: readonly Feature[] = [
  {
    key: 'contact_changes',
    name: 'Reading contacts and hearing of their changes',
    whenOff: 'No contact is sent on. What changes meanwhile waits and is then done by itself.',
    userType: 'Location',
    scopes: ['contacts.readonly'],
    events: ['ContactCreate', 'ContactUpdate', 'ContactDelete', 'ContactTagUpdate', 'ContactDndUpdate'],
  },
  {
    key: 'contact_writing',
    name: 'Writing contacts',
    whenOff: 'Nothing is written to your contacts. What should be written fails and is shown with its reason.',
    userType: 'Location',
    scopes: ['contacts.readonly', 'contacts.write'],
    events: [],
  },
  {
    key: 'account_fields',
    name: 'Reading and adding fields of your account',
    whenOff: 'Only the fields that every contact has are kept in step; none can be added.',
    userType: 'Location',
    scopes: ['locations/customFields.readonly', 'locations/customFields.write'],
    events: [],
  },
  {
    key: 'account_tags',
    name: 'Showing and adding tags of your account',
    whenOff: 'Tags cannot be chosen by name, and none can be added before somebody has it.',
    userType: 'Location',
    scopes: ['locations/tags.readonly', 'locations/tags.write'],
    events: [],
  },
  {
    key: 'automations',
    name: 'Campaigns and workflows',
    whenOff: 'Campaigns and workflows cannot be chosen by name.',
    userType: 'Location',
    scopes: ['campaigns.readonly', 'workflows.readonly'],
    events: [],
  },
  {
    key: 'people',
    name: 'Showing who works in your account',
    whenOff: 'Users cannot be chosen by name.',
    userType: 'Location',
    scopes: ['users.readonly'],
    events: [],
  },
  {
    key: 'note_changes',
    name: 'Reading the notes of contacts',
    whenOff: 'What happens to notes waits, where something should be done with it.',
    userType: 'Location',
    scopes: ['contacts.readonly'],
    events: ['NoteCreate', 'NoteUpdate', 'NoteDelete'],
  },
  {
    key: 'task_changes',
    name: 'Finding tasks',
    whenOff: 'What happens to tasks waits, where something should be done with it.',
    userType: 'Location',
    scopes: ['contacts.readonly', 'locations/tasks.readonly'],
    events: ['TaskCreate', 'TaskComplete', 'TaskDelete'],
  },
  {
    key: 'appointment_changes',
    name: 'Reading appointments',
    whenOff: 'What happens to appointments waits, where something should be done with it.',
    userType: 'Location',
    scopes: ['calendars/events.readonly'],
    events: ['AppointmentCreate', 'AppointmentUpdate', 'AppointmentDelete'],
  },
  {
    key: 'opportunity_changes',
    name: 'Reading opportunities and pipelines',
    whenOff: 'What happens to opportunities waits, where something should be done with it.',
    userType: 'Location',
    scopes: ['opportunities.readonly'],
    events: [
      'OpportunityCreate',
      'OpportunityUpdate',
      'OpportunityDelete',
      'OpportunityStageUpdate',
      'OpportunityStatusUpdate',
      'OpportunityMonetaryValueUpdate',
      'OpportunityAssignedToUpdate',
    ],
  },
  {
    key: 'task_and_note_writing',
    name: 'Making and changing tasks and notes',
    whenOff: 'No task and no note is written in your account.',
    userType: 'Location',
    scopes: ['contacts.write'],
    events: [],
  },
  {
    key: 'appointment_writing',
    name: 'Making, changing and cancelling appointments',
    whenOff: 'No appointment is written in your account.',
    userType: 'Location',
    scopes: ['calendars/events.write'],
    events: [],
  },
  {
    key: 'calendars',
    name: 'Showing your calendars and their free times',
    whenOff: 'Calendars cannot be chosen by name.',
    userType: 'Location',
    scopes: ['calendars.readonly'],
    events: [],
  },
  {
    key: 'opportunity_writing',
    name: 'Making, moving and closing opportunities',
    whenOff: 'No opportunity is written in your account.',
    userType: 'Location',
    scopes: ['opportunities.write'],
    events: [],
  },
  {
    key: 'opportunity_fields',
    name: 'Showing your own fields of opportunities',
    whenOff: 'Your own fields of opportunities cannot be chosen.',
    userType: 'Location',
    scopes: ['locations/customFields.readonly'],
    events: [],
  },
  {
    key: 'account_name',
    name: 'Showing the name of your account',
    whenOff: 'The account is shown by the name that was known before, or by its number.',
    userType: 'Location',
    scopes: ['locations.readonly'],
    // It is sent only where the scope is there, and needs no call: nothing waits for it.
    events: [],
  },
  {
    key: 'uninstall',
    name: 'Uninstalling from this page',
    whenOff: 'The app can still be uninstalled in the app marketplace.',
    userType: 'Location',
    scopes: ['oauth.write'],
    events: [],
  },
  {
    key: 'company_accounts',
    name: 'Finding the accounts that your company chose',
    whenOff: 'Only accounts that the platform tells of by itself are set up.',
    userType: 'Company',
    scopes: ['oauth.readonly'],
    events: [],
  },
  {
    key: 'account_tokens',
    name: 'Working for the accounts of your company',
    whenOff: 'No account of the company can be set up.',
    userType: 'Company',
    scopes: ['oauth.write'],
    events: [],
  },
]
