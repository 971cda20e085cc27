import type { Clock } from './clock.ts'

export type Output = { isTTY?: boolean; write(text: string): unknown }

export type Progress = {
  /** May be called as often as one likes. */
  show(done: number, total: number): void
  /** The last state stays, on a line of its own; nothing where there was nothing to show. */
  end(): void
}

const BAR = 24
const ON_A_TERMINAL_MS = 100
const IN_A_FILE_MS = 3000

/** How far something has come, how fast it goes and when it will be done: a bar on a terminal, else a line now and then. */
export function createProgress(out: Output, now: Clock = Date.now): Progress {
  const startedAt = now()
  const pauseMs = out.isTTY ? ON_A_TERMINAL_MS : IN_A_FILE_MS
  let shownAt = startedAt - (out.isTTY ? pauseMs : 0)
  let [shown, unshown]: (string | undefined)[] = []
  const write = (line: string): void => {
    out.write(out.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    shown = line
    unshown = undefined
  }
  return {
    show: (done, total) => {
      const line = describe(done, total, (now() - startedAt) / 1000, out.isTTY === true)
      unshown = line
      if (now() - shownAt < pauseMs) return
      shownAt = now()
      write(line)
    },
    end: () => {
      if (unshown !== undefined) write(unshown)
      if (out.isTTY && shown !== undefined) out.write('\n')
    },
  }
}

function describe(done: number, total: number, seconds: number, withBar: boolean): string {
  const share = total === 0 ? 1 : done / total
  const rate = seconds > 0 ? done / seconds : 0
  const filled = Math.floor(share * BAR)
  const parts = [
    `${Math.floor(share * 100)} %`,
    `${readable(done)} of ${readable(total)}`,
    `${readable(Math.round(rate))}/s`,
    ...(done < total && rate > 0 ? [`${duration((total - done) / rate)} left`] : []),
  ]
  return `${withBar ? `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ` : ''}${parts.join(' · ')}`
}

const readable = (count: number): string => count.toLocaleString('en')

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
