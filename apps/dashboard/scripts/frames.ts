// Measures how smoothly a machine of 524,288 blocks is panned and zoomed, in the browser of this machine, without a GPU.
// Needs the built page: `turbo run build --filter=memhp-dashboard`.
import { startChromium } from './chromium'
import { measureFrames } from './measure-frames'
import { openPage } from './open-page'
import { serveBuilt } from './serve-built'

const served = await serveBuilt()
const browser = await startChromium()
try {
  const page = await openPage(browser, served.address, { fragment: 'scene=huge' })
  for (const movement of ['pan', 'zoom'] as const) {
    const { perSecond, longestMs, frames } = await measureFrames(page, movement)
    console.log(
      `${movement}: ${perSecond.toFixed(1)} frames/s, longest ${longestMs.toFixed(1)} ms, ${frames} frames`,
    )
  }
} finally {
  await browser.close()
  await served.end()
}
