// What the address of the page says: a live machine, a shared moment, or nothing.
import type { App } from './app'
import { openLink } from './deeds'
import { openLive, takeToken } from './live'

/** Opens what the address says. */
export async function openAddress(app: App): Promise<void> {
  const token = takeToken()
  if (token === null) await openLink(app, location.hash)
  else await openLive(app, token)
}
