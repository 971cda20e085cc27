/** Which status and which sentence each code has. People see the sentence; causes go to the log. */
export const ERRORS = {
  bad_request: { status: 400, sentence: 'The request could not be read.' },
  invalid_input: { status: 422, sentence: 'Something in the form needs another look.' },
  bad_state: {
    status: 400,
    sentence: 'This installation link is no longer valid. Please start the installation again.',
  },
  install_refused: {
    status: 502,
    sentence: 'The platform did not complete the installation. Please start the installation again.',
  },
  bad_signature: { status: 401, sentence: 'The signature does not match.' },
  not_signed_in: { status: 401, sentence: 'Please open this page again from your account.' },
  not_allowed: { status: 403, sentence: 'Your role does not allow this. Ask an administrator of the account.' },
  not_installed: { status: 403, sentence: 'The app is not installed for this account. Install it first.' },
  not_found: { status: 404, sentence: 'There is nothing here.' },
  conflict: { status: 409, sentence: 'This was changed in the meantime. Reload and try again.' },
  too_large: { status: 413, sentence: 'The request is too large.' },
  encoding_not_supported: { status: 415, sentence: 'Send the body as it is, without content encoding.' },
  try_later: { status: 429, sentence: 'Busy right now. Please send it again in a moment.' },
  needs_reconnect: { status: 409, sentence: 'The connection to the platform was lost. Please install the app again.' },
  suspended: { status: 409, sentence: 'The account is not active at the platform.' },
  partner_trouble: { status: 502, sentence: 'The other system did not do what was asked.' },
  internal: { status: 500, sentence: 'Something went wrong on our side. Please try again.' },
} as const

export type ErrorCode = keyof typeof ERRORS

/** An error with a code from the table above. `detail` replaces the sentence and must be fit for people. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly detail: string | undefined
  /** For forms: field name → what is wrong with it. */
  readonly fields: Record<string, string> | undefined

  constructor(code: ErrorCode, info: { detail?: string; fields?: Record<string, string>; cause?: unknown } = {}) {
    super(info.detail ?? ERRORS[code].sentence, { cause: info.cause })
    this.code = code
    this.detail = info.detail
    this.fields = info.fields
  }
}

export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code)
