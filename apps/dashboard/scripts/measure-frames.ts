import type { Page } from 'playwright-core'

/** How smoothly something moved. */
export interface Smoothness {
  readonly frames: number
  readonly perSecond: number
  readonly longestMs: number
}

const SECONDS = 3

/**
 * Moves the map with every frame of the screen for three seconds, and counts them: by the events of a pointer that drags,
 * or of a wheel, as a person would.
 */
export async function measureFrames(page: Page, movement: 'pan' | 'zoom'): Promise<Smoothness> {
  // What compiles this file may name functions by a helper that the page does not have.
  const text = `{ const __name = (made) => made; (${moveMap.toString()})(${JSON.stringify(movement)}, ${SECONDS * 1000}) }`
  const stamps = await page.evaluate<number[]>(text)
  const gaps = stamps.slice(1).map((stamp, i) => stamp - (stamps[i] ?? stamp))
  const total = gaps.reduce((sum, gap) => sum + gap, 0)
  return {
    frames: gaps.length,
    perSecond: (1000 * gaps.length) / total,
    longestMs: Math.max(...gaps),
  }
}

/** Runs in the page. @returns when each frame came, in milliseconds */
function moveMap(movement: string, forMs: number): Promise<number[]> {
  const page = globalThis as unknown as {
    document: { querySelector(selector: string): EventTarget }
    PointerEvent: new (name: string, init: object) => Event
    WheelEvent: new (name: string, init: object) => Event
    requestAnimationFrame(act: (now: number) => void): void
  }
  const canvas = page.document.querySelector('canvas')
  const at = (step: number) => ({
    clientX: 500 + 200 * Math.sin(step / 20),
    clientY: 400 + 120 * Math.cos(step / 15),
  })
  const pointer = (name: string, step: number): void => {
    canvas.dispatchEvent(new page.PointerEvent(name, { ...at(step), pointerId: 1, bubbles: true }))
  }
  ;(canvas as unknown as { setPointerCapture(id: number): void }).setPointerCapture = () =>
    undefined
  const stamps: number[] = []
  let step = 0
  if (movement === 'pan') pointer('pointerdown', step)
  return new Promise((resolve) => {
    const next = (now: number): void => {
      stamps.push(now)
      step += 1
      if (movement === 'pan') pointer('pointermove', step)
      else {
        const deltaY = step % 120 < 60 ? -25 : 25
        canvas.dispatchEvent(
          new page.WheelEvent('wheel', { ...at(step), deltaY, bubbles: true, cancelable: true }),
        )
      }
      if (now - (stamps[0] ?? now) < forMs) page.requestAnimationFrame(next)
      else resolve(stamps)
    }
    page.requestAnimationFrame(next)
  })
}
