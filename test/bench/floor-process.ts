import { createPublicKey, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import express from 'express'
import { answerParent } from './helper-process.ts'

/** The least that can receive a signed webhook: Express and Ed25519, and nothing is stored. */
const actions = {
  listen: async ({ publicKeyPem }: { publicKeyPem: string }): Promise<string> => {
    const key = createPublicKey(publicKeyPem)
    const app = express()
    app.post('/webhooks/highlevel', express.raw({ type: () => true }), async (request, response) => {
      const signature = Buffer.from(request.get('x-ghl-signature') ?? '', 'base64')
      response.sendStatus((await promisify(verify)(null, request.body, key, signature)) ? 200 : 401)
    })
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
}

export type FloorActions = typeof actions

answerParent(actions)
