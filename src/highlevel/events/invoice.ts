import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { flag, id, list, nested, number, text } from './field-types.ts'

/** HighLevel docs: Invoice webhooks. The pages show no type, `_id` for the id, and the location in `altId`. */
const fields = z.object({
  _id: id,
  status: text,
  liveMode: flag,
  name: text,
  title: text,
  invoiceNumber: text,
  currency: text,
  amountPaid: number,
  amountDue: number,
  total: number,
  discount: nested,
  businessDetails: nested,
  contactDetails: z.looseObject({ id }).nullish(),
  invoiceItems: list,
  totalSummary: nested,
  issueDate: text,
  dueDate: text,
  createdAt: text,
  updatedAt: text,
})

export const invoiceKinds: readonly EventKind[] = eventKinds(
  { group: 'invoice', object: 'invoice', tenant: 'altId', recordId: '_id', contactId: 'contactDetails.id', fields },
  {
    InvoiceCreate: { trigger: 'highlevel.invoice_created' },
    InvoiceUpdate: { trigger: 'highlevel.invoice_changed' },
    InvoiceDelete: { trigger: 'highlevel.invoice_deleted' },
    InvoiceSent: { trigger: 'highlevel.invoice_sent' },
    InvoiceVoid: { trigger: 'highlevel.invoice_voided' },
    InvoicePaid: { trigger: 'highlevel.invoice_paid' },
    InvoicePartiallyPaid: { trigger: 'highlevel.invoice_partially_paid' },
  },
)
