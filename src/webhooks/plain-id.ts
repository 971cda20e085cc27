const PLAIN = /^[\x21-\x7e]{1,128}$/

/** Whether a partner's id of a record can go into columns and log lines as it is. */
export const isPlainId = (id: string): boolean => PLAIN.test(id)
