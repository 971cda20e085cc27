const SHORT = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' }
const FULL = { dateStyle: 'full', timeStyle: 'long' }

/** Times come in UTC and are shown in the reader's own. */
export function localizeTimes(root) {
  for (const time of root.querySelectorAll('time')) {
    const moment = new Date(time.dateTime)
    time.textContent = moment.toLocaleString(undefined, SHORT)
    time.title = moment.toLocaleString(undefined, FULL)
  }
}
