import { describe, expect } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { measureFrames } from '../scripts/measure-frames'
import { firstScripts, MOST_SCRIPT_BYTES } from '../scripts/weight'
import { inChromium } from './in-chromium'

/** Frames a second that are never missed, even where other tests have the processors too. `scripts/frames.ts` tells the figure. */
const LEAST_FRAMES = 25
const MOST_MS_TO_FIRST_PICTURE = 1000
const ATTEMPTS = 4

describe('the page', () => {
  const add = inChromium()
  add('loads less than 300 kB of script, the model among it', async (open) => {
    await open()
    const scripts = firstScripts()
    expect(scripts.some(({ name }) => name.startsWith('worker-'))).toBe(true)
    expect(scripts.reduce((sum, { gzippedBytes }) => sum + gzippedBytes, 0)).toBeLessThan(
      MOST_SCRIPT_BYTES,
    )
  })

  add('shows its first picture within a second', async (open) => {
    // The first page warms the browser up: what it takes to start is not the page's. Other tests may hold the processors.
    await open()
    let ms = Number.POSITIVE_INFINITY
    for (let attempt = 0; attempt < ATTEMPTS && ms >= MOST_MS_TO_FIRST_PICTURE; attempt++) {
      const page = await open()
      ms = await page.evaluate<number>(
        "performance.getEntriesByName('first-picture')[0]?.startTime ?? 1e9",
      )
    }
    expect(ms).toBeLessThan(MOST_MS_TO_FIRST_PICTURE)
  })

  if (THOROUGH)
    add('pans over 524,288 blocks without a stop', async (open) => {
      const page = await open({ fragment: 'scene=huge' })
      // What is worked out beside the map takes a processor, which other tests may have as well.
      await page.locator('.outlook-work').getByRole('button', { name: 'Stop' }).click()
      const { perSecond } = await measureFrames(page, 'pan')
      expect(perSecond).toBeGreaterThan(LEAST_FRAMES)
    })
})
