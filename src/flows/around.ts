/** What is known of the account whose values are read. */
export type Around = {
  /** IANA: `Asia/Jerusalem`. */
  zone: string
  /** ISO 3166-1 alpha-2: `IL`. */
  country: string
}
