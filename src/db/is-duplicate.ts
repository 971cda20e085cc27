import pg from 'pg'

/** A row with this key is there already. */
export const isDuplicate = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '23505'
