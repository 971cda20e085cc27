/** The app as its developer entered it in the Marketplace. */
export type AppRegistration = {
  appId: string
  clientId: string
  clientSecret: string
  ssoSecret: string
  name: string
  scopes: string[]
  redirectUris: string[]
  webhookUrl: string
  /** May contain {{location.id}} and the like, replaced when the page is opened. */
  customPageUrl: string
}
