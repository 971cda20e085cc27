/** What a check found, and what to do about it: one sentence, null where nothing has to be done. Never holds a secret. */
export type Finding = { level: 'ok' | 'warn' | 'fail'; found: string; advice: string | null }

export const ok = (found: string): Finding => ({ level: 'ok', found, advice: null })
export const warn = (found: string, advice: string): Finding => ({ level: 'warn', found, advice })
export const fail = (found: string, advice: string): Finding => ({ level: 'fail', found, advice })
