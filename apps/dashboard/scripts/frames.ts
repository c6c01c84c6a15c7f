// Measures how smoothly a machine of 524,288 blocks is panned and zoomed, in the browser of this machine, without a GPU: while
// it is worked out what of them can go, and afterwards; and how long that takes.
// Needs the built page: `turbo run build --filter=memhp-dashboard`.
import { startChromium } from './chromium'
import { measureFrames } from './measure-frames'
import { openPage } from './open-page'
import { serveBuilt } from './serve-built'

const MOST_MS = 300_000

const served = await serveBuilt()
const browser = await startChromium()
try {
  const page = await openPage(browser, served.address, { fragment: 'scene=huge' })
  const begun = performance.now()
  const measure = async (movement: 'pan' | 'zoom', when: string): Promise<void> => {
    const { perSecond, longestMs, frames } = await measureFrames(page, movement)
    console.log(
      `${movement} ${when}: ${perSecond.toFixed(1)} frames/s, longest ${longestMs.toFixed(1)} ms, ${frames} frames`,
    )
  }
  await measure('pan', 'meanwhile')
  await page.locator('.outlook-work').waitFor({ state: 'detached', timeout: MOST_MS })
  console.log(`what can go: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  await measure('pan', 'afterwards')
  await measure('zoom', 'afterwards')
} finally {
  await browser.close()
  await served.end()
}
