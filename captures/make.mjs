// Makes the captures of guests that lie in this folder: see README.md.
//
//   tsx --conditions=memhp-source captures/make.mjs [NAME...]
//
// A name is one of guests.mjs, or begins with host-: then it is a capture of the machine that this runs on, redacted.
// Guests need Debian 12 with qemu-system-x86, busybox-static and cpio; the kernel is fetched with apt-get. No KVM.
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { parseCapture } from '../packages/capture/src/index'
import { captureScript, hostTree, takeCapture, writeCaptureFile } from '../packages/host/src/index'
import { GUESTS, init, plugCommands } from './guests.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))
const LONGEST_MS = 600_000

/** Debian's kernel for clouds, unpacked into `folder`. */
function fetchKernel(folder) {
  const depends = execFileSync('apt-cache', ['depends', 'linux-image-cloud-amd64']).toString()
  const image = /Depends: (linux-image-6\.1\S+)/.exec(depends)?.[1]
  if (image === undefined) throw new Error('linux-image-cloud-amd64 depends on no image of 6.1')
  execFileSync('apt-get', ['download', image], { cwd: folder, stdio: 'ignore' })
  const deb = readdirSync(folder).find((name) => name.endsWith('.deb'))
  execFileSync('dpkg-deb', ['-x', join(folder, deb), join(folder, 'kernel')])
  const boot = join(folder, 'kernel/boot')
  return join(
    boot,
    readdirSync(boot).find((name) => name.startsWith('vmlinuz')),
  )
}

/** An initramfs of busybox, the steps and the capture script. */
function makeInitramfs(folder, guest) {
  const root = join(folder, 'root')
  for (const name of ['bin', 'dev', 'proc', 'sys']) mkdirSync(join(root, name), { recursive: true })
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  writeFileSync(join(root, 'init'), init(guest.steps))
  chmodSync(join(root, 'init'), 0o755)
  writeFileSync(join(root, 'capture.sh'), captureScript())
  const archive = join(folder, 'initramfs.gz')
  execFileSync('sh', ['-c', `find . | cpio -o -H newc --quiet | gzip > ${archive}`], { cwd: root })
  return archive
}

/** Sends QMP commands one after another and waits for each answer. */
async function qmp(path, commands) {
  const socket = createConnection(path)
  const answers = []
  let rest = ''
  socket.on('data', (data) => {
    const lines = (rest + data).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const message = JSON.parse(line)
      if ('return' in message || 'error' in message) answers.push(message)
    }
  })
  for (const command of [{ execute: 'qmp_capabilities' }, ...commands]) {
    socket.write(`${JSON.stringify(command)}\n`)
    while (answers.length === 0) await sleep(20)
    const { error } = answers.shift()
    if (error !== undefined) throw new Error(`${command.execute}: ${error.desc}`)
  }
  socket.end()
}

function startQemu(folder, guest, { kernel, initramfs }) {
  const args = [
    ...['-machine', 'q35', '-accel', 'tcg', '-cpu', 'max,la57=off', '-nodefaults'],
    ...['-display', 'none', '-no-reboot', ...guest.qemu],
    ...['-kernel', kernel, '-initrd', initramfs, '-append', 'console=ttyS0 quiet nokaslr'],
    ...['-serial', 'stdio', '-serial', `file:${join(folder, 'capture')}`],
    ...['-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`],
  ]
  return spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Runs a guest to the end of its steps. */
async function runGuest(folder, guest, files) {
  const qemu = startQemu(folder, guest, files)
  try {
    await new Promise((resolve, reject) => {
      const timer = globalThis.setTimeout(() => reject(new Error('too slow')), LONGEST_MS)
      const line = (text) => {
        const [word, id, mib, node] = text.trim().split(' ')
        if (word === '@failed') reject(new Error(text))
        if (word === '@end') resolve(clearTimeout(timer))
        if (word !== '@plug') return
        const commands = plugCommands({ id, mib: Number(mib), node: Number(node) })
        qmp(join(folder, 'qmp'), commands).catch(reject)
      }
      let rest = ''
      qemu.stdout.on('data', (data) => {
        process.stderr.write(data)
        const lines = (rest + data).split('\n')
        rest = lines.pop()
        lines.forEach(line)
      })
      qemu.on('exit', (code) => reject(new Error(`QEMU ended with ${code}`)))
    })
    while (!readFileSync(join(folder, 'capture'), 'utf8').includes('#')) await sleep(100)
  } finally {
    qemu.removeAllListeners('exit')
    qemu.kill('SIGKILL')
  }
}

async function save(name, capture) {
  await writeCaptureFile(join(HERE, `${name}.json.gz`), capture, { force: true })
  console.log(`${name}: ${Object.keys(capture.files).length} files`)
}

async function makeOfHost(name) {
  await save(name, await takeCapture(hostTree(), { redact: true }))
}

async function makeOfGuest(name, kernel) {
  const guest = GUESTS[name]
  const folder = mkdtempSync(join(tmpdir(), 'memhp-guest-'))
  try {
    await runGuest(folder, guest, { kernel, initramfs: makeInitramfs(folder, guest) })
    const sent = readFileSync(join(folder, 'capture'), 'utf8').split('#')[0]
    const text = gunzipSync(Buffer.from(sent, 'base64')).toString()
    await save(name, { ...parseCapture(text), notes: guest.notes })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(GUESTS)
const guests = wanted.filter((name) => name in GUESTS)
for (const name of wanted) {
  if (name.startsWith('host-')) await makeOfHost(name)
  else if (!(name in GUESTS)) throw new Error(`${name}: no such guest`)
}
if (guests.length > 0) {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-kernel-'))
  try {
    const kernel = process.env.KERNEL ?? fetchKernel(folder)
    if (!existsSync(kernel)) throw new Error(`${kernel}: no kernel`)
    for (const name of guests) await makeOfGuest(name, kernel)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
