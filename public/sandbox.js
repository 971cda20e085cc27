// The host's side of a Custom Page: it tells the page who is in front of it, as often as it is asked.
const frame = document.querySelector('iframe[data-user-data]')
const frameOrigin = new URL(frame.src).origin

window.addEventListener('message', async (event) => {
  if (event.source !== frame.contentWindow || event.origin !== frameOrigin) return
  if (event.data?.message !== 'REQUEST_USER_DATA') return
  await new Promise((resolve) => setTimeout(resolve, Number(frame.dataset.answerAfter)))
  const { payload } = await (await fetch(frame.dataset.userData)).json()
  frame.contentWindow.postMessage({ message: 'REQUEST_USER_DATA_RESPONSE', payload }, frameOrigin)
})
