import { readFile } from 'node:fs/promises'
import { atMost, type Finding, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import { startMiddleman } from './middleman.ts'
import { backwards, dropped, merged } from './odd-records.ts'
import type { Place } from './place.ts'
import { shifting } from './shifting-pages.ts'
import { endless, garbled, garbledHere, reshaped } from './spoilt-answers.ts'
import { openTown } from './town.ts'

type Case = { id: string; about: string; find(place: Place): Promise<string[]> }

const CASES: Case[] = [
  { id: 'C3', about: 'answers that never end keep nothing from arriving', find: endless },
  {
    id: 'C4',
    about: 'answers of ActiveTrail that cannot be read do no harm, and the next edit arrives',
    find: garbled,
  },
  {
    id: 'C4',
    about: 'answers of HighLevel that cannot be read do no harm, and the next edit arrives',
    find: garbledHere,
  },
  { id: 'C6', about: 'a contact that was merged into another there is followed', find: merged },
  {
    id: 'C9',
    about: 'contacts brought over while the pages shift that are missing, twice or not as they are',
    find: shifting,
  },
  {
    id: 'C10',
    about: 'a field that vanishes, is null or of another type erases nothing and stops no other',
    find: reshaped,
  },
  { id: 'C11', about: 'a platform whose clock goes back loses no edit, and its older edit loses', find: backwards },
  {
    id: '3.5',
    about: 'a field that HighLevel drops in silence is told, and written again only once it changes',
    find: dropped,
  },
]

const MOST_MEGABYTES = 300

/** C3, C4, C6, C9, C10, C11: what is too rare to be left to chance. */
export async function proveCases(ground: Ground, seed: number): Promise<Finding[]> {
  const { line, say } = ground
  const [platform, partner] = [await startMiddleman(line.highLevelUrl), await startMiddleman(line.activeTrailUrl)]
  const worker = await ground.start('worker', {
    environment: { HIGHLEVEL_API_URL: platform.url, ACTIVETRAIL_API_URL: `${partner.url}/api` },
  })
  const [opened] = await openTown(line, [seed], { people: 0, rounds: 0, editsPerRound: 0, losesWebhooks: false }, {})
  if (!opened) throw new Error('No location was opened.')
  const memoryBefore = await peakMegabytes(worker.child.pid)
  const findings: Finding[] = []
  for (const { id, about, find } of CASES) {
    const problems = await find({ ground, tenant: opened.tenant, platform, partner })
    for (const problem of problems) say(`${id}: ${problem}`)
    findings.push(none(id, about, problems.length))
    platform.stop()
    partner.stop()
  }
  const memory = await peakMegabytes(worker.child.pid)
  if (memoryBefore !== null) findings.push(shown('C4', 'most memory of the worker before', memoryBefore, 'MB'))
  if (memory !== null) findings.push(atMost('C4', 'most memory of the worker', memory, MOST_MEGABYTES, 'MB'))
  await Promise.all([platform.close(), partner.close()])
  return findings
}

/** Null where the system does not tell. */
async function peakMegabytes(pid: number | undefined): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /VmHWM:\s+(\d+)/.exec(status)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) / 1024
}
