import express, { type Router } from 'express'
import { accountOf } from './exchange.ts'
import { queryOf, takePage } from './lists.ts'
import { onlyAllows } from './refusal.ts'
import type { Page, World } from './state.ts'

/** Landing pages or sign-up forms: can only be read. */
export function pageListRoutes(world: World, kind: Page['kind']): Router {
  const router = express.Router()
  router
    .route('/')
    .get((request, response) => {
      const pages = accountOf(response).pages.filter((page) => page.kind === kind)
      const rows = takePage(pages, queryOf(request.query), world.state.modes.pages)
      response.json(rows.map(({ id, name }) => ({ id, name })))
    })
    .all(onlyAllows('GET'))
  return router
}
