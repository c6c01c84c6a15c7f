import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { sampleOf, THOROUGH } from '../../../tests/thorough'
import { axeViolations } from './axe-violations'
import { inChromium } from './in-chromium'

const PLAY = 'button[aria-label="Play"]'
const END = 'button[aria-label="To the end"]'

/** Runs the removal that is planned, and shows its end. */
async function runToEnd(page: Page): Promise<void> {
  await page.locator('.plan .primary').click()
  await page.locator('button[aria-label="Pause"]').click()
  await page.locator(END).click()
}

const momentOf = (page: Page): Promise<string> => page.locator('.moment').innerText()

describe('the page in Chromium', () => {
  const add = inChromium()
  add('opens with a machine, a plan and what to expect', async (open) => {
    const page = await open()
    expect(await page.locator('h1').innerText()).toBe('Three nodes, two memory devices')
    await page.locator('.plan .verdict.goes').waitFor()
    expect(await page.locator('.choice').allInnerTexts()).toHaveLength(5)
  })

  add('tells who sees it first what is freed, and why some of it would stay', async (open) => {
    const page = await open({ width: 390, height: 844 })
    const primer = page.locator('.primer')
    expect(await primer.locator('dt').allInnerTexts()).toHaveLength(6)
    const stays = page.locator('.stays')
    expect(await stays.locator('summary').allInnerTexts()).toContain(
      '128 MiB kernel memory (slab, stacks, driver buffers)',
    )
    expect(await page.evaluate('document.documentElement.scrollWidth'), 'fits a phone').toBe(390)
    await stays.locator('summary').nth(2).click()
    await stays.getByRole('button', { name: 'Try memory58' }).click()
    await page.locator('.plan .verdict.refuses').waitFor()
    await page.getByRole('button', { name: 'Try it all the same' }).click()
    await page.locator('button[aria-label="Pause"]').click()
    await page.locator(END).click()
    expect(await momentOf(page)).toMatch(/Refused: kernel memory[\s\S]*What would help/)
    expect(await primer.count()).toBe(0)
  })

  add('removes a node: all six structures are freed, and the map shows the hole', async (open) => {
    const page = await open()
    await runToEnd(page)
    expect(await page.locator('.structures .freed').count()).toBe(6)
    expect(await momentOf(page)).toContain('Removed.')
    expect(await page.locator('.journal').innerText()).toContain('remove memory/memory48')
    await page.getByRole('button', { name: 'As a table' }).click()
    expect(await page.locator('.block-table').innerText()).toMatch(
      /memory48–55\s+1 GiB\s+not present/,
    )
  })

  add('goes back step by step, and the machine is as it was', async (open) => {
    const page = await open()
    await runToEnd(page)
    await page.getByRole('button', { name: 'As a table' }).click()
    await page.locator('button[aria-label="One step back"]').click()
    expect(await momentOf(page)).toContain('node')
    await page.locator('button[aria-label="To the beginning"]').click()
    expect(await page.locator('.structures .freed').count()).toBe(0)
    expect(await page.locator('.block-table').innerText()).toMatch(
      /memory48–55\s+1 GiB\s+online\s+Movable/,
    )
  })

  add('tells of each step what the kernel does there, and where it is written', async (open) => {
    const page = await open()
    await page.locator('button[aria-label="One step on"]').click()
    await page.locator('button[aria-label="One step on"]').click()
    expect(await momentOf(page)).toMatch(/holes|own memmap|per-cpu/)
    expect(await momentOf(page)).toContain('specification 4.')
  })

  add('makes a step fail, and shows how everything is put back', async (open) => {
    const page = await open()
    await page.locator('button[aria-label="One step on"]').click()
    for (let i = 0; i < 5; i++) await page.locator('button[aria-label="One step on"]').click()
    expect(await momentOf(page)).toContain('chain/MEM_GOING_OFFLINE')
    await page.getByRole('button', { name: 'Make it fail: a notifier, behind all others' }).click()
    await page.locator('.step-name.failed').waitFor()
    expect(await momentOf(page)).toContain('Here failed: a notifier')
    // It waits there, and is played on from there.
    await page.getByRole('button', { name: 'Play' }).click()
    await page.locator('.step-name.failed').waitFor({ state: 'detached' })
    await page.locator(END).click()
    expect(await momentOf(page)).toContain('Refused')
    await page.locator('button[aria-label="One step back"]').click()
    await page.locator('button[aria-label="One step back"]').click()
    expect(await momentOf(page)).toContain('undone')
  })

  add('breaks a scene of the gallery within a step, and tells it whole again', async (open) => {
    const page = await open({ fragment: 'scene=test-procedure' })
    const fail = page.getByRole('button', { name: 'Make it fail: a page table' })
    const on = page.locator('button[aria-label="One step on"]')
    await page.locator('.notice.busy').waitFor({ state: 'detached' })
    for (let i = 1; i < 40 && (await fail.count()) === 0; i++) {
      await on.click()
      await page.locator('.moment .count', { hasText: new RegExp(`^${i} of`) }).waitFor()
    }
    await fail.click()
    const without = page.getByRole('button', { name: 'Run it without the failure' })
    await page.locator('.step-name.failed').waitFor()
    const failed = await momentOf(page)
    await page.locator(END).click()
    expect(await momentOf(page)).toContain('Something was made to fail')
    await page.getByRole('button', { name: 'Show the moment that failed' }).click()
    expect(await momentOf(page)).toBe(failed)
    await without.click()
    await page.locator('.notice.busy').waitFor({ state: 'detached' })
    await page.locator(END).click()
    expect(await momentOf(page)).toContain('All steps have run')
  })

  add('says why the other device would be refused, and what would help', async (open) => {
    const page = await open()
    await page.locator('.choice.refuses').click()
    await page.locator('.plan .verdict.refuses').waitFor()
    expect(await page.locator('.plan').innerText()).toContain('memory58')
    expect(await page.locator('.plan .remedies li').count()).toBeGreaterThan(0)
  })

  add('is reached by keys: block after block, and what each is', async (open) => {
    const page = await open()
    await page.locator('canvas').focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('#map-focus').innerText()).toContain('memory0')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('#map-focus').innerText()).toContain('memory9')
    await page.keyboard.press('Enter')
    expect(await page.locator('#map-focus').innerText()).toContain('node 0')
  })

  add(
    'draws the page tables as linked nodes, which lose their leaves, and keys go along',
    async (open) => {
      const page = await open({ fragment: 'scene=riscv' })
      const tree = page.getByRole('tree', { name: 'Page tables of the direct map' })
      expect(await tree.locator('.gone').count()).toBe(0)
      await page.locator(END).click()
      expect(await tree.locator('.gone').innerText()).toBe('2 × 1 GiB')
      await tree.getByRole('treeitem').first().focus()
      const words: string[] = []
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'Home', 'End']) {
        await page.keyboard.press(key)
        words.push(await page.evaluate('document.activeElement.getAttribute("aria-label")'))
      }
      const leaves = '2 × 1 GiB mapped by leaves, gone'
      expect(words.map((word) => word.replace(' table, stays', ''))).toEqual([
        'P4D',
        'PUD',
        leaves,
        'PUD',
        'PGD',
        leaves,
      ])
    },
  )

  add('compares two kernels on the same removal, side by side', async (open) => {
    const page = await open()
    await runToEnd(page)
    await page.locator('.compare select').selectOption('kernel:v7.3')
    await page.locator('.aligned').waitFor()
    const text = await page.locator('.compare').innerText()
    expect(text).toMatch(/mem_section\s+\d+ → 0\s+\d+ → 0/)
    const steps = await page.locator('.aligned').innerText()
    expect(steps).toMatch(/offline: node notify\s+not taken\s+8 ×/)
    expect(steps).toMatch(/offline: isolate\s+8 ×\s+8 ×/)
  })

  if (THOROUGH)
    add('compares a like machine of another architecture, its steps in line', async (open) => {
      const page = await open()
      await runToEnd(page)
      await page.locator('.compare select').selectOption('arch:ppc64le')
      await page.locator('.aligned').waitFor()
      expect(await page.locator('.compare').innerText()).toContain('blocks of 256 MiB')
      const steps = page.locator('.aligned')
      expect(await steps.innerText()).toMatch(/remove: firmware map\s+1 ×, firmware map −1\s+4 ×\s/)
      await steps.getByRole('button', { name: 'offline: migrate' }).click()
      expect(await steps.locator('[aria-current=step]').innerText()).toContain('offline: migrate')
      expect(await momentOf(page)).toContain('Pages in use are copied elsewhere')
    })

  add('takes a capture that is chosen', async (open) => {
    const page = await open()
    const capture = fileURLToPath(
      new URL('../../../captures/x86_64-dimms-zones.json.gz', import.meta.url),
    )
    await page.locator('input[type=file]').setInputFiles(capture)
    await page.getByText('The twin of a captured host').waitFor()
    expect(await page.locator('.choice').first().innerText()).toContain('PNP0C80')
    expect(await page.getByRole('button', { name: 'Share' }).isDisabled()).toBe(true)
  })

  add('says what is wrong with a file that it cannot read, and keeps its machine', async (open) => {
    const page = await open()
    await page.locator('input[type=file]').setInputFiles({
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('hello'),
    })
    await page.locator('.notice.error').waitFor()
    expect(await page.locator('.notice.error').innerText()).toContain('neither a capture')
    expect(await page.locator('h1').innerText()).toBe('Three nodes, two memory devices')
  })

  add('plays a scenario from the gallery, as the scene says', async (open) => {
    const page = await open()
    await page.getByRole('button', { name: 'Gallery' }).click()
    await page.locator('.gallery').getByText('The test procedure').click()
    await page.locator(PLAY).waitFor()
    await page.locator('.deeds li').nth(3).waitFor({ state: 'attached' })
    await page.locator(END).click()
    expect(await momentOf(page)).toContain('All steps have run')
    // A long story is not wider than the screen.
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(1440)
  })

  if (THOROUGH)
    add('opens a link at the moment that it was made of', async (open) => {
      const page = await open({ fragment: 'scene=first&remove=node%3A2&at=20&colour=zone' })
      await page.locator('.moment .count').getByText('20 of').waitFor()
      expect(await page.locator('.segmented .on').innerText()).toBe('Zone')
    })

  if (THOROUGH)
    add(
      'works out what can go of 64 TiB beside the map, and stops where it is told to',
      async (open) => {
        const page = await open({ fragment: 'scene=huge' })
        const work = page.locator('.outlook-work')
        await work.locator('progress').waitFor()
        // Meanwhile the map answers.
        await page.locator('canvas').focus()
        await page.keyboard.press('ArrowRight')
        expect(await page.locator('#map-focus').innerText()).toContain('memory0')
        expect(await page.locator('#map-focus').innerText()).not.toContain('would be refused')
        await work.waitFor({ state: 'detached', timeout: 90_000 })
        expect(await page.locator('#map-focus').innerText()).toContain('would be refused')

        await page.reload()
        await work.getByRole('button', { name: 'Stop' }).click()
        expect(await work.innerText()).toContain('not worked out')
      },
    )

  for (const theme of sampleOf(['dark', 'light'] as const, 1)) {
    add(`has nothing that axe objects to, in ${theme}`, async (open) => {
      const page = await open({ theme })
      expect(await axeViolations(page)).toEqual([])
      await runToEnd(page)
      expect(await axeViolations(page)).toEqual([])
    })
  }
})
