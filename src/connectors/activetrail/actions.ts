import type { Action } from '../connector.ts'
import { setAutomationActive } from './actions/automations.ts'
import { createCampaignDraft, createCampaignFromTemplate, scheduleCampaign } from './actions/campaigns.ts'
import { archiveContact, deleteContact, updateContact, upsertContact } from './actions/contacts.ts'
import { mapExternalId } from './actions/external-ids.ts'
import { addToGroupAndSendCampaign, sendCampaignToContact, startAutomationByGroup } from './actions/group-starts.ts'
import { addToGroup, ensureGroup, removeFromGroup, renameGroup } from './actions/groups.ts'
import { bulkImportContacts } from './actions/imports.ts'
import { addToMailingList, removeFromMailingList } from './actions/mailing-lists.ts'
import { sendOperationalEmail, sendSms } from './actions/messages.ts'
import { findContactAction, findGroupAction, getCampaignReport, getContactActivity } from './actions/searches.ts'
import { resubscriptionActions, subscriptionActions, suppressContact } from './actions/subscriptions.ts'
import type { ActiveTrailCredentials } from './client.ts'

/** Everything that can be done in ActiveTrail. */
// biome-ignore lint/suspicious/noExplicitAny: a list of actions whose inputs differ; `run` parses before it is called.
export const actions: Action<ActiveTrailCredentials, any>[] = [
  upsertContact,
  updateContact,
  archiveContact,
  deleteContact,
  bulkImportContacts,
  ...subscriptionActions,
  ...resubscriptionActions,
  suppressContact,
  mapExternalId,
  addToGroup,
  removeFromGroup,
  ensureGroup,
  renameGroup,
  startAutomationByGroup,
  setAutomationActive,
  addToMailingList,
  removeFromMailingList,
  addToGroupAndSendCampaign,
  sendCampaignToContact,
  createCampaignDraft,
  createCampaignFromTemplate,
  scheduleCampaign,
  sendSms,
  sendOperationalEmail,
  findContactAction,
  findGroupAction,
  getContactActivity,
  getCampaignReport,
]
