import { findConnector } from '../connectors/registry.ts'
import type { RunView } from '../sync/run-store.ts'

export type RunRow = {
  id: string
  flowName: string
  state: { label: string; tone: Tone }
  /** What happened, in the owner's words. */
  sentence: string
  /** ISO 8601, UTC. The page shows it in the reader's own time. */
  at: string
  /** How long it took; empty while it is under way. */
  duration: string
  steps: StepRow[]
}

export type StepRow = {
  name: string
  state: { label: string; tone: Tone }
  reason: string | null
  /** What was sent; personal values are masked. */
  sent: { name: string; value: string }[]
}

type Tone = 'good' | 'bad' | 'quiet' | 'waiting'

export function runRow(run: RunView): RunRow {
  const connector = findConnector(run.partner)
  const { label, tone, sentence } = OUTCOMES[run.outcome]
  return {
    id: run.id,
    flowName: run.flowName,
    state: { label, tone },
    sentence: run.reason ?? sentence(connector?.name ?? run.partner),
    at: run.startedAt.toISOString(),
    duration: run.finishedAt ? inWords(run.finishedAt.getTime() - run.startedAt.getTime()) : '',
    steps: run.steps.map((step) => ({
      name: connector?.actions.find(({ key }) => key === step.action)?.name ?? step.action,
      state: STEP_OUTCOMES[step.outcome],
      reason: step.reason,
      sent: Object.entries(step.sent).map(([name, value]) => ({ name: spaced(name), value: String(value) })),
    })),
  }
}

const OUTCOMES: Record<RunView['outcome'], { label: string; tone: Tone; sentence(partner: string): string }> = {
  running: { label: 'Under way', tone: 'waiting', sentence: (partner) => `Being sent to ${partner}.` },
  retrying: { label: 'Waiting', tone: 'waiting', sentence: () => 'It will be tried again.' },
  succeeded: { label: 'Done', tone: 'good', sentence: (partner) => `${partner} is up to date.` },
  unchanged: { label: 'Nothing to do', tone: 'quiet', sentence: () => 'Both sides agree already.' },
  skipped: { label: 'Left alone', tone: 'quiet', sentence: () => 'Nothing was sent.' },
  failed: { label: 'Failed', tone: 'bad', sentence: (partner) => `It could not be done in ${partner}.` },
}

const STEP_OUTCOMES: Record<RunView['steps'][number]['outcome'], StepRow['state']> = {
  succeeded: { label: 'Done', tone: 'good' },
  unchanged: { label: 'Already so', tone: 'quiet' },
  declined: { label: 'Declined', tone: 'waiting' },
  failed: { label: 'Failed', tone: 'bad' },
}

/** "0.4 s", "12 s", "3 min". */
function inWords(milliseconds: number): string {
  if (milliseconds < 50) return 'under 0.1 s'
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`
  return milliseconds < 90_000 ? `${Math.round(milliseconds / 1000)} s` : `${Math.round(milliseconds / 60_000)} min`
}

/** The partner's name of a field, with spaces: "first name". */
const spaced = (name: string): string => name.replaceAll('_', ' ')
