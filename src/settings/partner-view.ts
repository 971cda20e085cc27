import type { Connector } from '../connectors/connector.ts'

/** A partner as the form that connects it shows it. */
export type PartnerView = {
  key: string
  name: string
  summary: string
  fields: { key: string; label: string; help: string; secret: boolean; placeholder: string }[]
}

export const partnerView = ({ key, name, summary, credentialFields }: Connector): PartnerView => ({
  key,
  name,
  summary,
  fields: credentialFields.map(({ key, label, help, secret, placeholder = '' }) => ({
    key,
    label,
    help,
    secret,
    placeholder,
  })),
})
