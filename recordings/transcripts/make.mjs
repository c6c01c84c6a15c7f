// Records what programs of Debian 12 print in guests: see README.md.
//
//   tsx --conditions=memhp-source recordings/transcripts/make.mjs DEBIAN [--selftest SCRIPT] [NAME...]
//
// DEBIAN holds, in a folder for each of amd64, ppc64el, s390x and arm64, what these packages unpack to: util-linux,
// util-linux-extra, coreutils, dash, grep, sed, libc6 and the libraries that they name. Guests need QEMU, and what
// packages/qemu/scripts/fetch-kernels.mjs fetches. With --selftest the kernel's own test of memory hot-plug, which
// scripts/fetch-selftest.mjs fetches, is what runs, and goes to selftest/; it wants bash, bc, mawk, mount and their libraries, too.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { parseCapture } from '../../packages/capture/src/index'
import { captureScript } from '../../packages/host/src/index'
import { findGuestFiles, startGuest } from '../../packages/qemu/src/index'
import { cpioArchive } from '../../packages/qemu/src/initramfs/cpio'
import { GUESTS, SELFTEST_RUNS } from './guests.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))

/** Programs, where Debian's packages have them; in the guest all are in /usr/bin. */
const PROGRAMS = [
  ...['cat', 'dd', 'ls', 'ln', 'mkdir', 'mv', 'readlink', 'rm', 'stat', 'touch'],
  ...['env', 'sort', 'tail', 'wc', 'lsmem', 'chmem', 'grep', 'sed', 'dash'],
]
/** What the selftest calls beside. */
const SELFTEST_PROGRAMS = ['bash', 'bc', 'head', 'mawk', 'mount']
/** Names of programs in the guest, where they have another there. */
const NAMES = { dash: 'sh', mawk: 'awk' }
const SELFTEST = '/selftest.sh'
const DEBIAN_ARCHS = { x86_64: 'amd64', ppc64le: 'ppc64el', s390x: 's390x', arm64: 'arm64' }
const ENVIRONMENT = 'PATH=/usr/bin LC_ALL=C'

function found(root, name) {
  const path = ['bin', 'usr/bin', 'sbin', 'usr/sbin']
    .map((folder) => join(root, folder, name))
    .find(existsSync)
  if (path === undefined) throw new Error(`${root} has no ${name}`)
  return path
}

/** Folders of libraries, below the root. */
const LIBRARY_FOLDERS = /^\/(?:usr\/)?lib(?:64)?(?:\/[^/]+-linux-gnu)?$/

/** An archive of the programs, of the libraries and of what loads them; with the selftest, where it is to run. */
function programsOf(root, selftest) {
  const names = [...PROGRAMS, ...(selftest === undefined ? [] : SELFTEST_PROGRAMS)]
  const programs = names.map((name) => ({
    path: `/usr/bin/${NAMES[name] ?? name}`,
    content: readFileSync(found(root, name)),
    mode: 0o755,
  }))
  const libraries = readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const folder = (entry.parentPath ?? entry.path).slice(root.length)
    if (!LIBRARY_FOLDERS.test(folder) || !/\.so(?:\.|$)/.test(entry.name)) return []
    const path = `${folder}/${entry.name}`
    if (entry.isSymbolicLink()) return [{ path, target: readlinkSync(join(root, path)) }]
    return [{ path, content: readFileSync(join(root, path)), mode: 0o755 }]
  })
  const script =
    selftest === undefined
      ? []
      : [
          { path: SELFTEST, content: readFileSync(selftest), mode: 0o755 },
          { path: '/sbin/modprobe', target: '/bin/busybox' },
        ]
  return cpioArchive([...programs, ...libraries, ...script])
}

/** Sends a text into a file of the guest, in pieces, for a request may not be long. */
async function send(guest, path, text) {
  const packed = Buffer.from(text).toString('base64')
  await guest.run(': > /packed')
  for (const piece of packed.match(/.{1,8192}/g)) await guest.run(`printf %s ${piece} >> /packed`)
  await guest.run(`base64 -d /packed > ${path}`)
}

async function captureIn(guest) {
  await send(guest, '/capture.sh', captureScript())
  const { status, stdout, stderr } = await guest.run('sh /capture.sh --pages')
  if (status !== 0) throw new Error(`the capture: ${stderr}`)
  return parseCapture(stdout)
}

/** What a command prints in the guest, and its exit status. */
async function ask(guest, run) {
  await send(guest, '/command', run)
  const { status, stdout, stderr } = await guest.run(
    // Not to the serial line: programs print other columns to a terminal.
    `/usr/bin/env -i ${ENVIRONMENT} sh -c "$(cat /command)" >/run/out; status=$?; cat /run/out; exit $status`,
  )
  return { run, status, stdout, stderr }
}

/** Where modprobe looks for modules, with the two of error injection. */
const MODULES = `
folder=/lib/modules/$(uname -r)
mkdir -p $folder
for name in notifier memory_notifier; do ln -s /modules/\${name}_error_inject.ko $folder; done
echo notifier_error_inject.ko: >$folder/modules.dep
echo memory_notifier_error_inject.ko: notifier_error_inject.ko >>$folder/modules.dep`

/** What the selftest prints in the guest, each time it is run. */
async function runSelftest(guest) {
  await guest.run(MODULES)
  const runs = []
  for (const args of SELFTEST_RUNS) {
    const { status, stdout, stderr } = await ask(guest, `bash ${SELFTEST} ${args}`)
    runs.push({ args, status, stdout, stderr })
  }
  return runs
}

async function record(name, debian, selftest) {
  const { options, version, plugged, commands } = GUESTS[name]
  const arch = options.machine.replace(/-.*/, '')
  const folder = mkdtempSync(join(tmpdir(), 'memhp-transcript-'))
  try {
    const initrd = join(folder, 'programs')
    writeFileSync(initrd, programsOf(resolve(debian, DEBIAN_ARCHS[arch], 'root'), selftest))
    const found = await findGuestFiles(arch, version === undefined ? {} : { version })
    const guest = await startGuest({
      ...options,
      files: { ...found, initrd },
      bootTimeoutMs: 600_000,
    })
    try {
      if (plugged) await guest.plug({ id: 'dimm0', mib: 512 })
      const capture = await captureIn(guest)
      const answers = []
      if (selftest !== undefined) answers.push(...(await runSelftest(guest)))
      else for (const command of commands) answers.push(await ask(guest, command))
      const { kernel } = guest
      const transcript =
        selftest === undefined
          ? { kernel, capture, commands: answers }
          : { kernel, capture, runs: answers }
      const folder = selftest === undefined ? HERE : join(HERE, 'selftest')
      writeFileSync(join(folder, `${name}.json.gz`), gzipSync(JSON.stringify(transcript, null, 1)))
      console.log(`${name}: ${kernel}, ${answers.length} commands`)
    } finally {
      await guest.stop()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const { values, positionals } = parseArgs({
  options: { selftest: { type: 'string' } },
  allowPositionals: true,
})
const [debian, ...names] = positionals
for (const name of names.length > 0 ? names : Object.keys(GUESTS)) {
  await record(name, debian, values.selftest)
}
