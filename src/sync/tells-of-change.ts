/** A trigger that tells that a record is different now, rather than of something that happened. */
export const tellsOfChange = (trigger: string): boolean => trigger.endsWith('_changed')
