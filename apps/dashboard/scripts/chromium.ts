// The browser that tests and scripts drive: Chromium as Debian has it.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Chromium is; the environment may name another. */
export const CHROMIUM: string = process.env.MEMHP_CHROMIUM ?? '/usr/bin/chromium'

/** Why nothing can be done in a browser; undefined where it can. */
export const chromiumMissing = (): string | undefined =>
  existsSync(CHROMIUM)
    ? undefined
    : `no Chromium at ${CHROMIUM}: apt-get install chromium, or name another in MEMHP_CHROMIUM`

/** Starts a browser without a window. @throws Error where there is none */
export function startChromium(): Promise<Browser> {
  const missing = chromiumMissing()
  if (missing !== undefined) throw new Error(missing)
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
