/** Shows what changed within a second. Untouched while nothing does, so that nothing flickers and no focus is lost. */
const lists = document.querySelector('#lists')
let shown = ''

async function refresh() {
  if (document.hidden) return
  const response = await fetch('lists')
  if (!response.ok) return
  const current = await response.text()
  if (current === shown) return
  shown = current
  replace(current)
}

function replace(current) {
  const focused = document.activeElement?.id
  lists.innerHTML = current
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
}

async function keepRefreshing() {
  // The sandbox may be restarting: what is shown stays until it is back.
  await refresh().catch(() => {})
  setTimeout(keepRefreshing, 1000)
}

keepRefreshing()
