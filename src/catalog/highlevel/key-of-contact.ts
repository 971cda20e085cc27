import { joinRecordId, splitRecordId } from '../../highlevel/record-of-contact.ts'

/** A task or a note: by `<contactId>/<id>`, as results have it, or by its own id beside its contact's, as events have it. */
export type ByContact = { recordId: string; contactId?: string | null | undefined }

export const keyOfContact = ({ recordId, contactId }: ByContact): { contactId: string; id: string } =>
  splitRecordId(recordId.includes('/') || !contactId ? recordId : joinRecordId(contactId, recordId))

/** Checks an input; its message goes beside the field. */
export const namesContact = Object.assign(
  (recordId: string, contactId: string | null | undefined): boolean => recordId.includes('/') || Boolean(contactId),
  { message: 'Choose the contact too: the platform finds nothing of a contact without it.' },
)
