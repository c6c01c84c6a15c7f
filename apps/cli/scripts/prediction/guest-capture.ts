import { gunzipSync } from 'node:zlib'
import { captureScript } from '@memhp/host'
import type { Guest } from '@memhp/qemu'

/** Characters of a script that go to a guest at once. */
const CHUNK = 12_000

/** Puts the capture script into a guest. */
export async function bringCaptureScript(guest: Guest): Promise<void> {
  const packed = Buffer.from(captureScript()).toString('base64')
  for (let at = 0; at < packed.length; at += CHUNK)
    await guest.run(`printf %s '${packed.slice(at, at + CHUNK)}' >>/run/capture.b64`)
  await guest.run('base64 -d /run/capture.b64 >/run/capture.sh')
}

/** The capture file of a guest that has the script, with how its pages are used. */
export async function captureTextOf(guest: Guest): Promise<string> {
  const { stdout, stderr } = await guest.run('sh /run/capture.sh --pages | gzip -1 | base64')
  if (stdout === '') throw new Error(`no capture of the guest: ${stderr}`)
  return gunzipSync(Buffer.from(stdout, 'base64')).toString()
}
