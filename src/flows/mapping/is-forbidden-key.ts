/** Names that mean something to every object: whoever copies fields carelessly would change all objects by them. */
export const isForbiddenKey = (key: string): boolean => ['__proto__', 'constructor', 'prototype'].includes(key)
