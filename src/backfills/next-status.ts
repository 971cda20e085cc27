import { type Backfill, type BackfillStatus, type BackfillWork, isOver, isWork } from './backfill.ts'

/** What an owner asks for, and what the work itself says. */
export type BackfillStep = 'test' | 'run' | 'pause' | 'resume' | 'cancel' | 'finish' | 'wait' | 'fail'

export type Standing = Pick<Backfill, 'status' | 'resumes'>

const FINISHED = { planning: 'planned', testing: 'tested', running: 'done' } as const satisfies Record<
  BackfillWork,
  BackfillStatus
>

/** How it stands after the step; undefined where the step cannot be taken. Nothing that is over begins again. */
export function nextStatus({ status, resumes }: Standing, step: BackfillStep): Standing | undefined {
  if (isOver(status)) return undefined
  const to = (next: BackfillStatus): Standing => ({ status: next, resumes: null })
  switch (step) {
    case 'test':
      return status === 'planned' || status === 'tested' ? to('testing') : undefined
    case 'run':
      return status === 'tested' ? to('running') : undefined
    case 'pause':
      if (status === 'waiting') return { status: 'paused', resumes }
      return isWork(status) ? { status: 'paused', resumes: status } : undefined
    case 'resume':
      return (status === 'paused' || status === 'waiting') && resumes ? to(resumes) : undefined
    case 'cancel':
      return to('cancelled')
    case 'finish':
      return isWork(status) ? to(FINISHED[status]) : undefined
    case 'wait':
      return isWork(status) ? { status: 'waiting', resumes: status } : undefined
    case 'fail':
      return isWork(status) ? to('failed') : undefined
  }
}
