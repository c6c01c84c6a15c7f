// What tests in a browser share: the built page, served, and Chromium.
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHROMIUM, chromiumMissing, startChromium } from '../scripts/chromium'
import { type OpenOptions, openPage } from '../scripts/open-page'
import { type ServedPage, serveBuilt } from '../scripts/serve-built'

/** Where it is asked for, a missing browser is a failure; elsewhere tests say why they did not run. */
const IS_ASKED_FOR = process.env.MEMHP_THOROUGH === '1'

/** Building the page and starting a browser may take long where other tests run beside. In milliseconds. */
const START_MS = 120_000

/** A page under test. What it logs as an error fails the test. */
type Open = (options?: OpenOptions) => Promise<Page>

interface Running {
  readonly browser: Browser
  readonly served: ServedPage
}

async function buildPage(): Promise<void> {
  if (process.env.MEMHP_BUILT === '1') return
  const { build } = await import('vite')
  const configFile = fileURLToPath(new URL('../vite.config.ts', import.meta.url))
  await build({ configFile, logLevel: 'error' })
}

/** Adds a test that is given what opens a page. */
export type AddTest = (name: string, act: (open: Open) => Promise<void>) => void

/** Runs a test, and fails it for what its pages logged as errors. */
async function runTest(
  { browser, served }: Running,
  act: (open: Open) => Promise<void>,
): Promise<void> {
  const faults: string[] = []
  const pages: Page[] = []
  try {
    await act(async (options) => {
      const page = await openPage(browser, served.address, options)
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
      pages.push(page)
      return page
    })
  } finally {
    for (const page of pages) await page.context().close()
  }
  expect(faults).toEqual([])
}

/** Prepares a group for tests of the page in Chromium. @returns what adds them */
export function inChromium(): AddTest {
  const missing = chromiumMissing()
  if (missing !== undefined && !IS_ASKED_FOR)
    return (name) => test.skipIf(true)(`${name} — SKIPPED: ${missing}`, () => {})
  let running: Running | undefined
  beforeAll(async () => {
    if (missing !== undefined) throw new Error(missing)
    await buildPage()
    running = { served: await serveBuilt(), browser: await startChromium() }
  }, START_MS)
  afterAll(async () => {
    await running?.browser.close()
    await running?.served.end()
  })
  return (name, act) =>
    test(name, async () => {
      if (running === undefined) throw new Error(`${CHROMIUM} did not start`)
      await runTest(running, act)
    })
}
