import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { axeViolations } from './axe-violations'
import { inChromium } from './in-chromium'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Drags a file of the repository over the page, and lets it go there. */
async function drop(page: Page, path: string): Promise<void> {
  const bytes = readFileSync(`${ROOT}${path}`).toString('base64')
  const name = basename(path)
  const transfer = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(bytes)}), (letter) => letter.charCodeAt(0))
    const transfer = new DataTransfer()
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}))
    return transfer
  })()`)
  await page.dispatchEvent('canvas', 'dragover', { dataTransfer: transfer })
  await page.locator('.page.dropping').waitFor()
  await page.dispatchEvent('canvas', 'drop', { dataTransfer: transfer })
  await page.locator('.page:not(.dropping)').waitFor()
  await page.locator('h1', { hasNotText: 'Three nodes' }).waitFor()
  await page.locator('.notice.busy').waitFor({ state: 'detached' })
}

/** What a click on a button saves. */
async function saved(
  page: Page,
  button: string,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ])
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

const END = 'button[aria-label="To the end"]'

describe('files and the page', () => {
  const add = inChromium()

  add('takes a capture that is dropped on it, with what of it can go', async (open) => {
    const page = await open()
    await drop(page, 'captures/x86_64-dimms-zones.json.gz')
    expect(await page.locator('h1').innerText()).toBe('x86_64-dimms-zones.json.gz')
    expect(await page.locator('.choice').first().innerText()).toContain('PNP0C80')
  })

  add('takes a scenario that is dropped on it, and tells its story', async (open) => {
    const page = await open()
    await drop(page, 'scenarios/02-removal-order.yaml')
    expect(await page.locator('h1').innerText()).not.toContain('Three nodes')
    await page.locator(END).click()
    expect(await page.locator('.moment').innerText()).toContain('All steps have run')
  })

  if (THOROUGH)
    add('shows thousands of page tables as nodes that are opened', async (open) => {
      const page = await open()
      await drop(page, 'apps/dashboard/tests/many-tables.yaml')
      // In the midst of the story all blocks are there.
      await page.locator('input[type=range]').fill('400')
      const tree = page.locator('.table-outline [role=tree]').first()
      const rows = tree.locator('[role=treeitem]')
      await rows.filter({ hasText: '512 tables below, 262,144 leaves' }).first().waitFor()
      const told = async (): Promise<string | null> => {
        const active = await tree.getAttribute('aria-activedescendant')
        return page.locator(`#${active}`).getAttribute('aria-label')
      }
      await tree.focus()
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown')
      expect(await told()).toBe('PMD 512 tables below, 262,144 leaves, only of this memory')
      await page.keyboard.press('ArrowRight')
      await rows.filter({ hasText: '512 × 4 KiB' }).first().waitFor()
      expect(await rows.count(), 'what is not seen is not drawn').toBeLessThan(40)
      await page.keyboard.press('End')
      expect(await told()).toMatch(/^PMD 512 tables/)
      await page.keyboard.press('Home')
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown')
      expect(await told()).toBe('PTE 512 × 4 KiB, only of this memory')
      expect(await axeViolations(page)).toEqual([])
      // Left goes to the table above, and closes it.
      await page.keyboard.press('ArrowLeft')
      await page.keyboard.press('ArrowLeft')
      await page.locator(END).click()
      await rows.filter({ hasText: '512 tables below, 0 left' }).first().waitFor()
    })

  add('takes a recorded run that is dropped on it: real and model, step by step', async (open) => {
    const page = await open()
    await drop(page, 'recordings/x86_64/x86_64-0001.json.gz')
    expect(await page.locator('h1').innerText()).toBe('x86_64-0001.json.gz')
    expect(await page.locator('.deeds li').count()).toBeGreaterThan(5)
    expect(await page.locator('.deeds .differs').count()).toBe(0)
    await page.locator(END).click()
    expect(await page.locator('.moment').innerText()).toContain('All steps have run')
  })

  add(
    'saves the map as SVG: a rectangle for each block, in the colour that the legend names',
    async (open) => {
      const page = await open()
      const { name, bytes } = await saved(page, 'Save the map as SVG')
      expect(name).toBe('memory.svg')
      const svg = await page.evaluate<{
        root: string
        title: string
        texts: string[]
        fills: string[]
        outside: number
      }>(`(() => {
      const parsed = new DOMParser().parseFromString(${JSON.stringify(bytes.toString())}, 'image/svg+xml')
      const root = parsed.documentElement
      const [, , width, height] = root.getAttribute('viewBox').split(' ').map(Number)
      const boxes = [...root.querySelectorAll('rect[x]')]
      const end = (box, at, size) => Number(box.getAttribute(at)) + Number(box.getAttribute(size))
      return {
        root: root.tagName,
        title: root.querySelector('title').textContent,
        texts: [...root.querySelectorAll('text')].map((text) => text.textContent),
        fills: boxes.map((box) => box.getAttribute('fill')),
        outside: boxes.filter((box) => end(box, 'x', 'width') > width || end(box, 'y', 'height') > height).length,
      }
    })()`)
      expect(svg).toMatchObject({
        root: 'svg',
        title: 'Three nodes, two memory devices',
        outside: 0,
      })
      expect(svg.texts).toEqual(
        expect.arrayContaining(['node 0', 'node 1', 'node 2', 'can go', 'would be refused']),
      )
      const LEGEND = 7
      const [blocks, legend] = [svg.fills.slice(0, -LEGEND), svg.fills.slice(-LEGEND)]
      expect(blocks).toHaveLength(48)
      const [goes, refuses] = legend
      expect(blocks.filter((fill) => fill === goes)).toHaveLength(44)
      expect(blocks.filter((fill) => fill === refuses)).toHaveLength(4)
    },
  )

  add('saves the map as PNG, twice as large, with what the SVG shows', async (open) => {
    const page = await open()
    const { name, bytes } = await saved(page, 'Save the map as PNG')
    expect(name).toBe('memory.png')
    const image = await page.evaluate<{ width: number; colours: number }>(`(async () => {
      const bytes = Uint8Array.from(atob(${JSON.stringify(bytes.toString('base64'))}), (letter) => letter.charCodeAt(0))
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
      const context = canvas.getContext('2d')
      context.drawImage(bitmap, 0, 0)
      const words = new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer)
      const counts = new Map()
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
      return { width: bitmap.width, colours: [...counts.values()].filter((count) => count > 1000).length }
    })()`)
    expect(image.width).toBe(2000)
    // The ground, blocks that can go, and blocks that cannot.
    expect(image.colours).toBeGreaterThanOrEqual(3)
  })
})
