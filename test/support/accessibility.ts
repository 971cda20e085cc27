import axe from 'axe-core'
import type { Frame, Page } from 'playwright-core'

/** What axe finds wrong with a page or a frame, a line for each element. Empty means nothing. */
export async function checkAccessibility(page: Page | Frame): Promise<string[]> {
  // Evaluated by the debugger and not by a script element, so the page's Content-Security-Policy has no say.
  await page.evaluate(axe.source)
  const violations = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)')
  return violations.flatMap(linesOf)
}

type Violation = {
  id: string
  impact: string | null
  help: string
  nodes: { html: string; target: unknown[] }[]
}

const linesOf = (violation: Violation): string[] =>
  violation.nodes.map(
    (node) =>
      `${violation.impact ?? 'minor'}: ${violation.help} (${violation.id}) at ${node.target.join(' ')}: ${node.html}`,
  )
