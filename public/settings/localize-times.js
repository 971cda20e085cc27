const CLOCK = { hour: 'numeric', minute: '2-digit', second: '2-digit' }
const DAY = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }
const FULL = { dateStyle: 'full', timeStyle: 'long' }

/** Times come in UTC and are shown in the reader's own: those of today without the day. */
export function localizeTimes(root, now = new Date()) {
  for (const time of root.querySelectorAll('time')) {
    const moment = new Date(time.dateTime)
    const isToday = moment.toDateString() === now.toDateString()
    time.textContent = moment.toLocaleString(undefined, isToday ? CLOCK : DAY)
    time.title = moment.toLocaleString(undefined, FULL)
  }
}
