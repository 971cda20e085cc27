/** The code of an error, which names what happened and quotes nothing: ECONNREFUSED, 28P01. Empty where it has none. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
