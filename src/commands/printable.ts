/** Fit for a terminal: what moves its cursor, colours it or turns its text around is taken out. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·')
