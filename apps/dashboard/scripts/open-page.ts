// A page of the app in a browser, ready to be measured or tested.
import type { Browser, Page } from 'playwright-core'

/** How a page is opened. */
export interface OpenOptions {
  /** Of another server than that of the built page. */
  readonly address?: string
  /** Behind the `#`. */
  readonly fragment?: string
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
}

/** Opens the page and waits until its machine is there. @param served address of the built page */
export async function openPage(
  browser: Browser,
  served: string,
  {
    address = served,
    fragment = '',
    width = 1440,
    height = 900,
    theme = 'light',
  }: OpenOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme })
  const page = await context.newPage()
  await page.goto(`${address}${fragment === '' ? '' : `#${fragment}`}`)
  await page.locator('.bar-title p').waitFor()
  await page.locator('.notice.busy').waitFor({ state: 'detached' })
  return page
}
