// Fetches what a guest boots from: Debian's stock kernel with a few of its modules, and a static busybox.
//
//   node fetch-kernels.mjs [--refresh] [x86_64] [ppc64le] [s390x]
//
// Needs Debian or a relative of it (apt-get, dpkg-deb, tar, xz), and no root: apt keeps separate lists in the cache,
// so that packages of another architecture can be had too. The cache is $MEMHP_GUEST_CACHE, else ~/.cache/memhp.
// Exit codes: 0 fetched or there already, 1 not fetched, 130 or 143 stopped by SIGINT or SIGTERM.
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants, homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ARCHES = {
  x86_64: { debian: 'amd64', image: 'linux-image-cloud-amd64', kernel: 'vmlinuz-' },
  ppc64le: { debian: 'ppc64el', image: 'linux-image-powerpc64le', kernel: 'vmlinux-' },
  s390x: { debian: 's390x', image: 'linux-image-s390x', kernel: 'vmlinuz-' },
}

/** What is taken out of the kernel's package, as patterns of tar. */
const WANTED = [
  '*/boot/vmlinu*',
  '*/kernel/drivers/virtio/*.ko*',
  '*/kernel/drivers/char/virtio_console.ko*',
  '*/kernel/lib/*notifier-error-inject.ko*',
]

const cacheFolder = () =>
  process.env.MEMHP_GUEST_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'memhp')

/** What the user is told: what was wrong, and what to do about it. */
class FetchError extends Error {
  constructor(message, remedy) {
    super(`${message}\nTry: ${remedy}`)
  }
}

/** A command that this script needs is not there. */
class MissingCommandError extends FetchError {}

/** What to do where apt brings nothing. */
const CHECK_APT =
  'check the network and the sources of apt (/etc/apt/sources.list, sources.list.d), then run this again'

const STOPPING = ['SIGINT', 'SIGTERM']
const stop = new AbortController()
for (const name of STOPPING) process.once(name, () => stop.abort(name))

/**
 * Runs a command to its end.
 * @param words what the user is told of it
 * @throws FetchError with what it wrote to standard error
 */
async function run(words, [command, ...args], { remedy = CHECK_APT, ...options } = {}) {
  stop.signal.throwIfAborted()
  try {
    return await promisify(execFile)(command, args, { ...options, signal: stop.signal })
  } catch (error) {
    // What stops the whole group may be seen at the command first.
    if (STOPPING.includes(error.signal)) stop.abort(error.signal)
    stop.signal.throwIfAborted()
    if (error.code === 'ENOENT') {
      const needs = 'this script needs Debian or a relative of it: apt-get, dpkg-deb, tar, xz'
      throw new MissingCommandError(`${words}: ${command} is not installed`, needs)
    }
    const how = error.signal ? `was ended by ${error.signal}` : `failed with ${error.code}`
    throw new FetchError(`${words} ${how}:\n${(error.stderr ?? error.message).trimEnd()}`, remedy)
  }
}

/** Options that give apt an architecture and separate folders. */
function aptOptions(folder, { debian }) {
  for (const name of ['lists/partial', 'cache/archives/partial', 'state']) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  writeFileSync(join(folder, 'state/status'), '')
  return [
    `APT::Architecture=${debian}`,
    `APT::Architectures=${debian}`,
    `Dir::State=${join(folder, 'state')}`,
    `Dir::State::lists=${join(folder, 'lists')}`,
    `Dir::State::status=${join(folder, 'state/status')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false',
    // The cache is a private folder, which apt's own user may not enter.
    `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
  ].flatMap((option) => ['-o', option])
}

/** One archive that fails does no harm while the others have the packages; what asks for them tells. */
async function updateLists(options) {
  try {
    const { stderr } = await run('apt-get update', ['apt-get', ...options, '-q', 'update'])
    if (/^[WE]: /m.test(stderr)) console.error(`apt-get update:\n${stderr.trimEnd()}`)
  } catch (error) {
    if (!(error instanceof FetchError) || error instanceof MissingCommandError) throw error
    console.error(error.message)
  }
}

/** The package that a meta-package of kernels stands for. */
async function imageOf(options, { image }) {
  const words = `apt-cache depends ${image}`
  const { stdout } = await run(words, ['apt-cache', ...options, 'depends', image])
  const name = /Depends: (linux-image-\d\S+)/.exec(stdout)?.[1]
  if (name === undefined) throw new FetchError(`${words} names no kernel:\n${stdout}`, CHECK_APT)
  return name
}

/** Downloads a package and returns the file. */
async function download(options, name, folder) {
  mkdirSync(folder, { recursive: true })
  const words = `apt-get download ${name}`
  await run(words, ['apt-get', ...options, '-q', 'download', name], { cwd: folder })
  const file = readdirSync(folder).find((entry) => entry.startsWith(`${name}_`))
  if (file === undefined) throw new FetchError(`${words} brought nothing`, CHECK_APT)
  return join(folder, file)
}

async function unpack(deb, folder, patterns) {
  mkdirSync(folder, { recursive: true })
  const list = patterns.map((pattern) => `'${pattern}'`).join(' ')
  const script = `dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --wildcards --no-same-owner ${list}`
  await run(
    `dpkg-deb --fsys-tarfile ${deb} | tar -x`,
    ['sh', '-c', script, 'unpack', deb, folder],
    {
      remedy:
        'check that dpkg-deb and tar are installed and that the disk has room, then run this again',
    },
  )
}

/** The files of a folder, relative to it. */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))

/** Fills `folder` for one architecture. */
async function fetchArch(arch, folder) {
  const facts = ARCHES[arch]
  const options = aptOptions(join(folder, 'apt'), facts)
  await updateLists(options)
  const debs = join(folder, 'debs')
  const image = await imageOf(options, facts)
  await unpack(await download(options, image, debs), join(folder, 'kernel'), WANTED)
  const busyboxDeb = await download(options, 'busybox-static', debs)
  await unpack(busyboxDeb, join(folder, 'busybox'), ['*/bin/busybox'])
  const packages = readdirSync(debs)
  rmSync(debs, { recursive: true })
  rmSync(join(folder, 'apt'), { recursive: true })

  const files = filesBelow(folder)
  const kernel = files.find((file) => file.includes(`boot/${facts.kernel}`))
  const busybox = files.find((file) => file.endsWith('bin/busybox'))
  const modules = files.filter((file) => /\.ko(\.xz)?$/.test(file))
  for (const packed of modules.filter((file) => file.endsWith('.xz'))) {
    await run(`xz -d ${packed}`, ['xz', '-d', join(folder, packed)], {
      remedy: 'check that the disk has room, then run this again',
    })
  }
  writeFileSync(
    join(folder, 'files.json'),
    `${JSON.stringify(
      {
        arch,
        release: image.replace('linux-image-', ''),
        kernel,
        busybox,
        modules: modules.map((file) => file.replace(/\.xz$/, '')).sort(),
        packages,
      },
      undefined,
      2,
    )}\n`,
  )
}

async function main() {
  const words = process.argv.slice(2)
  const wanted = words.filter((word) => word !== '--refresh')
  const unknown = wanted.find((word) => !(word in ARCHES))
  if (unknown !== undefined) {
    throw new FetchError(`${unknown}: no such architecture`, Object.keys(ARCHES).join(' or '))
  }
  const cache = cacheFolder()
  mkdirSync(cache, { recursive: true })
  for (const arch of wanted.length > 0 ? wanted : ['x86_64']) {
    const place = join(cache, arch)
    if (existsSync(join(place, 'files.json')) && !words.includes('--refresh')) {
      console.log(`${place}: is there`)
      continue
    }
    const folder = mkdtempSync(`${place}-`)
    try {
      await fetchArch(arch, folder)
      rmSync(place, { recursive: true, force: true })
      renameSync(folder, place)
      console.log(`${place}: fetched`)
    } finally {
      // A command that was stopped may still write.
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

/** What the user is told of an error; a file system that refuses is told in its own words. */
function textOf(error) {
  if (error instanceof FetchError) return error.message
  if (error.syscall === undefined) return error.stack
  return `${error.message}\nTry: name a folder that you may write to: MEMHP_GUEST_CACHE=FOLDER`
}

try {
  await main()
} catch (error) {
  const { aborted, reason } = stop.signal
  if (!aborted) console.error(textOf(error))
  process.exitCode = aborted ? 128 + constants.signals[reason] : 1
}
