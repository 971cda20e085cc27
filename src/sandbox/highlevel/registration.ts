export type ClientKey = { clientId: string; clientSecrets: string[] }

/** The app as its developer entered it in the Marketplace. */
export type AppRegistration = {
  appId: string
  /** The first client key. */
  clientId: string
  clientSecret: string
  /** All client keys, where there are several or one has several secrets. */
  clients?: ClientKey[]
  ssoSecret: string
  name: string
  /** Where an app that is marked white-label friendly is installed, and nowhere else ("https://host"). */
  whitelabelUrl?: string
  scopes: string[]
  redirectUris: string[]
  webhookUrl: string
  /** May contain {{location.id}} and the like, replaced when the page is opened. */
  customPageUrl: string
}
