// Makes the picture of the README: the page in the midst of a removal. Needs the built page.
import { fileURLToPath } from 'node:url'
import { startChromium } from './chromium'
import { openPage } from './open-page'
import { serveBuilt } from './serve-built'

const PICTURE = fileURLToPath(new URL('../picture.png', import.meta.url))
/** The moment in which the removal has freed half of what described the memory. */
const MOMENT = 'scene=first&remove=node%3A2&at=143'

const served = await serveBuilt()
const browser = await startChromium()
try {
  const page = await openPage(browser, served.address, {
    fragment: MOMENT,
    width: 1280,
    height: 860,
  })
  await page.locator('.moment .count').waitFor()
  // What is freed matters more here than the form above it.
  await page.evaluate("document.querySelector('.moment').scrollIntoView({ block: 'start' })")
  await page.waitForTimeout(1500)
  await page.screenshot({ path: PICTURE })
} finally {
  await browser.close()
  await served.end()
}
