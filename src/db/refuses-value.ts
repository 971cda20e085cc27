/** Whether Postgres said that a value does not fit: by its size, its form or a constraint. */
export const refusesValue = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(22|23|54)/.test(String(error.code))
