import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe objects to on a page as it is now: rules, with the elements. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ content: axe.source })
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + nodes.map(({ html }) => " " + html)))',
  )
}
