import type { Result } from './examine.ts'

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const

/** A line for each finding, with what to do about it below. */
export function printResults(results: readonly Result[]): string {
  const width = Math.max(...results.map(({ check }) => check.length))
  const lines = results.map(({ check, level, found, advice }) => {
    const line = `${MARKS[level]}  ${check.padEnd(width)}  ${found}\n`
    return advice === null ? line : `${line}${' '.repeat(width + 8)}→ ${advice}\n`
  })
  return `${lines.join('')}\n${verdict(results)}\n`
}

function verdict(results: readonly Result[]): string {
  const count = (level: Result['level']): number => results.filter((result) => result.level === level).length
  if (hasFailed(results)) return `${count('fail')} to be mended, ${count('warn')} to be looked at.`
  return count('warn') > 0 ? `Nothing failed; ${count('warn')} to be looked at.` : 'All is well.'
}

export const hasFailed = (results: readonly Result[]): boolean => results.some(({ level }) => level === 'fail')
