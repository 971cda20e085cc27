import { Trouble } from '../lib/trouble.ts'

/** Nobody was found, and the platform refuses to make another one: the search lags behind. To be looked at once more. */
export class ThereAfterAll extends Trouble {
  constructor(cause: unknown) {
    const detail =
      'Your account has a contact with this e-mail address or phone number after all. It is looked at once more.'
    super('unavailable', { detail, cause })
  }
}
