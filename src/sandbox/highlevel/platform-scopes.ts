const READ_AND_WRITE = [
  'contacts',
  'calendars',
  'calendars/events',
  'opportunities',
  'locations',
  'locations/customFields',
  'locations/customValues',
  'locations/tags',
  'users',
  'conversations',
  'conversations/message',
  'oauth',
  'charges',
]

/** HighLevel docs, scopes: the names for what an app like this one may ask for. Any other is a spelling mistake. */
export const PLATFORM_SCOPES = new Set([
  ...READ_AND_WRITE.flatMap((name) => [`${name}.readonly`, `${name}.write`]),
  'locations/tasks.readonly',
  'campaigns.readonly',
  'workflows.readonly',
  'marketplace-installer-details.readonly',
  'companies.readonly',
])
