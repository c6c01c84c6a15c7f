// Makes the captures of guests that lie in this folder: see README.md.
//
//   tsx --conditions=memhp-source captures/make.mjs [NAME...]
//
// A name is one of guests.mjs, or begins with host-: then it is a capture of the machine that this runs on, redacted.
// Guests need Debian 12 with qemu-system-x86 or qemu-system-ppc, and what packages/qemu/scripts/fetch-kernels.mjs fetches.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseCapture } from '../packages/capture/src/index'
import { captureScript, hostTree, takeCapture, writeCaptureFile } from '../packages/host/src/index'
import { startGuest } from '../packages/qemu/src/index'
import { GUESTS } from './guests.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))

async function save(name, capture) {
  await writeCaptureFile(join(HERE, `${name}.json.gz`), capture, { force: true })
  console.log(`${name}: ${Object.keys(capture.files).length} files`)
}

async function makeOfHost(name) {
  await save(name, await takeCapture(hostTree(), { redact: true }))
}

/** Runs a script in the guest. */
async function run(guest, script) {
  const { status, stdout, stderr } = await guest.run(script)
  if (status !== 0) throw new Error(`${script.slice(0, 80)}: exit status ${status}: ${stderr}`)
  return stdout
}

/** What the capture script prints in the guest. It is sent in pieces, for it is longer than a request may be. */
async function captureIn(guest) {
  const packed = Buffer.from(captureScript()).toString('base64')
  for (const piece of packed.match(/.{1,8192}/g)) {
    await run(guest, `printf %s ${piece} >> /capture.base64`)
  }
  return parseCapture(await run(guest, 'base64 -d /capture.base64 | sh -s -- --pages'))
}

async function makeOfGuest(name) {
  const { notes, options, steps } = GUESTS[name]
  const guest = await startGuest(options)
  try {
    await steps(guest)
    await save(name, { ...(await captureIn(guest)), notes })
  } finally {
    await guest.stop()
  }
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(GUESTS)
const unknown = wanted.filter((name) => !name.startsWith('host-') && !(name in GUESTS))
if (unknown.length > 0) throw new Error(`no such guest: ${unknown.join(', ')}`)
for (const name of wanted) {
  await (name.startsWith('host-') ? makeOfHost(name) : makeOfGuest(name))
}
