// Signs an operator in with the token behind the # of the link, which is taken out of the address at once.
const token = location.hash.slice(1)
history.replaceState(null, '', location.pathname)
const byId = (id) => document.getElementById(id)

if (token !== '') signIn()

async function signIn() {
  byId('ask').hidden = true
  byId('signing-in').hidden = false
  const problem = await exchange().catch(() => ({ message: 'The server cannot be reached. Open the link again.' }))
  if (!problem) return location.replace('/admin/audit')
  byId('signing-in').hidden = true
  byId('ask').hidden = false
  byId('problem').hidden = false
  byId('problem').textContent = problem.reference
    ? `${problem.message} (Reference ${problem.reference})`
    : problem.message
}

/** Answers what went wrong, or nothing. */
async function exchange() {
  const response = await fetch('/admin/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  return response.ok ? undefined : (await response.json()).error
}
