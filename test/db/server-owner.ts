/** Starts a server, says where it is, and waits to be killed. */
import { startEmbeddedServer } from '../../src/db/embedded-server.ts'

const { url } = await startEmbeddedServer()
console.log(url)
setInterval(() => {}, 60_000)
