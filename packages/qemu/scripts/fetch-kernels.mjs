// Fetches what a guest boots from: Debian's stock kernel with a few of its modules, and a static busybox.
//
//   node fetch-kernels.mjs [--refresh] [x86_64] [ppc64le] [s390x] [arm64] [x86_64@7.3 …]
//
// With a version behind the architecture it is the newest kernel of that version that Debian's archive has, in whichever of its
// suites; without one that of the suite that this machine has, and of arm64, with the firmware that starts it, the newest of all. Needs Debian or a relative of it (apt-get, dpkg-deb, tar, xz), and no root: apt keeps separate lists in the cache,
// so that packages of another architecture can be had too. The cache is $MEMHP_GUEST_CACHE, else ~/.cache/memhp.
// Exit codes: 0 fetched or there already, 1 not fetched, 130 or 143 stopped by SIGINT or SIGTERM.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants, homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** `flavours`: ends of the names of its kernels' packages, the wanted one first. `firmware`: the package of what starts a guest. */
const ARCHES = {
  x86_64: { debian: 'amd64', image: 'linux-image-cloud-amd64', flavours: ['cloud-amd64'] },
  ppc64le: {
    debian: 'ppc64el',
    image: 'linux-image-powerpc64le',
    flavours: ['powerpc64le-64k', 'powerpc64le'],
  },
  s390x: { debian: 's390x', image: 'linux-image-s390x', flavours: ['s390x'] },
  // Firmware of 2022 has the kernel believe that its flash is memory, of no node: all nodes are one, then.
  arm64: { debian: 'arm64', flavours: ['cloud-arm64'], firmware: 'qemu-efi-aarch64' },
}

/** Suites of Debian's archive, by age of their kernels. */
const SUITES = ['bullseye', 'bookworm', 'bookworm-backports', 'trixie', 'trixie-backports', 'sid']

/** Where Debian's archive is, if the sources of this machine do not say. */
const ARCHIVE = {
  uri: 'http://deb.debian.org/debian',
  key: '/usr/share/keyrings/debian-archive-keyring.gpg',
}

/** What is taken out of the packages. */
const WANTED = [
  // Since 7.2 the kernel is beside its modules.
  /\/(?:boot|modules\/[^/]+)\/vmlinu[^/]*$/,
  /\/kernel\/drivers\/virtio\/[^/]*\.ko[^/]*$/,
  /\/kernel\/drivers\/char\/virtio_console\.ko[^/]*$/,
  /\/kernel\/lib\/[^/]*notifier-error-inject\.ko[^/]*$/,
  /\/bin\/busybox$/,
  /\/qemu-efi-aarch64\/QEMU_EFI\.fd$/,
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

/** Waits for the end of a process that is told to end: it may write until then, also where this script removes what it wrote. */
async function ended(child) {
  const runs = child.pid !== undefined && child.exitCode === null && child.signalCode === null
  if (runs) await once(child, 'exit')
}

/**
 * Runs a command to its end, also where a signal stops it.
 * @param words what the user is told of it
 * @throws FetchError with what it wrote to standard error
 */
async function run(words, [command, ...args], { remedy = CHECK_APT, ...options } = {}) {
  stop.signal.throwIfAborted()
  const running = promisify(execFile)(command, args, { ...options, signal: stop.signal })
  try {
    return await running
  } catch (error) {
    await ended(running.child)
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

/** The mirror of Debian's archive that the sources of this machine name, in either form. */
function archiveOfSources() {
  const folder = '/etc/apt/sources.list.d'
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  for (const file of ['/etc/apt/sources.list', ...names].filter((name) => existsSync(name))) {
    const text = readFileSync(file, 'utf8').replace(/^#.*$/gm, '')
    const uri = /^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s+)?)(\S+\/debian)\/?(?=\s)/m.exec(text)?.[1]
    if (uri === undefined) continue
    const key = /[Ss]igned-[Bb]y[:=]\s*([^\]\s]+)/.exec(text)?.[1]
    return { uri, key: key ?? ARCHIVE.key }
  }
  return ARCHIVE
}

/** Options that give apt lists of all suites. The age of Release files does not count: the archive still has what they name. */
function suitesOptions(folder) {
  const { uri, key } = archiveOfSources()
  const list = join(folder, 'sources.list')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    list,
    SUITES.map((suite) => `deb [signed-by=${key}] ${uri} ${suite} main\n`).join(''),
  )
  return [
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=/dev/null',
    'Acquire::Check-Valid-Until=false',
  ].flatMap((option) => ['-o', option])
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

/** The parts of a version, for comparing. */
const numbersOf = (version) => version.split('.').map(Number)

const compareVersions = (a, b) => {
  const [left, right] = [numbersOf(a), numbersOf(b)]
  const at = [0, 1, 2].find((i) => (left[i] ?? 0) !== (right[i] ?? 0))
  return at === undefined ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}

const PACKAGE = /^linux-(binary|modules|image)-((\d+\.\d+(?:\.\d+)?)\S*?)$/

/**
 * The packages of the newest kernel of a version: that of the kernel itself, and since 6.19 that of its modules. A kernel whose
 * modules the archive no longer has is passed over.
 */
async function packagesOf(options, { flavours }, version) {
  const { stdout } = await run('apt-cache pkgnames', [
    'apt-cache',
    ...options,
    'pkgnames',
    'linux-',
  ])
  const kernels = new Map()
  for (const name of stdout.split('\n')) {
    const [, part, release, number] = PACKAGE.exec(name) ?? []
    const isAsked =
      number !== undefined &&
      (version === undefined || number === version || number.startsWith(`${version}.`))
    if (!isAsked || !flavours.some((flavour) => release.endsWith(`-${flavour}`))) continue
    const known = kernels.get(release) ?? { release, number, parts: new Set() }
    known.parts.add(part)
    kernels.set(release, known)
  }
  const rank = ({ release }) => flavours.findIndex((flavour) => release.endsWith(`-${flavour}`))
  const found = [...kernels.values()].sort(
    (a, b) => compareVersions(b.number, a.number) || rank(a) - rank(b),
  )
  const isWhole = ({ parts }) => parts.has('binary') === parts.has('modules')
  const kernel = found.find(isWhole)
  if (kernel === undefined) {
    const lacks = found.map(({ release }) => `linux-modules-${release}`).join(', ')
    const what = lacks === '' ? 'no kernel of it' : `no ${lacks}`
    throw new FetchError(
      `Linux ${version ?? ''}: Debian's archive has ${what} (${SUITES.join(', ')})`,
      'another version, or a kernel of your own',
    )
  }
  const parts = kernel.parts.has('binary') ? ['binary', 'modules'] : ['image']
  return { release: kernel.release, names: parts.map((part) => `linux-${part}-${kernel.release}`) }
}

async function packageOfSuite(options, facts) {
  const image = await imageOf(options, facts)
  return { release: image.replace('linux-image-', ''), names: [image] }
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

/** What to do where a package cannot be unpacked. */
const CHECK_DISK =
  'check that dpkg-deb and tar are installed and that the disk has room, then run this again'

/** Unpacks of a package what is wanted of it. */
async function unpack(deb, folder) {
  mkdirSync(folder, { recursive: true })
  const tar = (script, ...args) =>
    run(
      `dpkg-deb --fsys-tarfile ${deb} | tar`,
      ['sh', '-c', `dpkg-deb --fsys-tarfile "$1" | ${script}`, 'unpack', deb, ...args],
      { remedy: CHECK_DISK, maxBuffer: 2 ** 26 },
    )
  const { stdout } = await tar('tar -t')
  const names = stdout.split('\n').filter((name) => WANTED.some((wanted) => wanted.test(name)))
  const list = `${deb}.list`
  writeFileSync(list, names.map((name) => `${name}\n`).join(''))
  await tar('tar -x -C "$2" --no-same-owner --verbatim-files-from -T "$3"', folder, list)
  rmSync(list)
}

/** The files of a folder, relative to it. */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))

/** Fills `folder` for one architecture. */
async function fetchArch({ arch, version }, folder) {
  const facts = ARCHES[arch]
  const apt = join(folder, 'apt')
  const isOfSuite = version === undefined && facts.image !== undefined
  const options = [
    ...aptOptions(apt, facts),
    ...(isOfSuite ? [] : suitesOptions(join(apt, 'sources'))),
  ]
  await updateLists(options)
  const debs = join(folder, 'debs')
  const { release, names } = isOfSuite
    ? await packageOfSuite(options, facts)
    : await packagesOf(options, facts, version)
  for (const name of names)
    await unpack(await download(options, name, debs), join(folder, 'kernel'))
  const busyboxDeb = await download(options, 'busybox-static', debs)
  await unpack(busyboxDeb, join(folder, 'busybox'))
  if (facts.firmware !== undefined)
    await unpack(await download(options, facts.firmware, debs), join(folder, 'firmware'))
  const packages = readdirSync(debs)
  rmSync(debs, { recursive: true })
  rmSync(join(folder, 'apt'), { recursive: true })

  const files = filesBelow(folder)
  const kernel = files.find((file) => /\/vmlinu[xz](?:-|$)/.test(file))
  const busybox = files.find((file) => file.endsWith('bin/busybox'))
  const firmware = files.find((file) => file.endsWith('.fd'))
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
        release,
        kernel,
        busybox,
        ...(firmware === undefined ? {} : { firmware }),
        modules: modules.map((file) => file.replace(/\.xz$/, '')).sort(),
        packages,
      },
      undefined,
      2,
    )}\n`,
  )
}

/** What is asked for: an architecture, `x86_64`, and perhaps a version, `x86_64@7.3`. */
function kernelOf(word) {
  const [arch, version] = word.split('@')
  return { arch, version }
}

async function main() {
  const words = process.argv.slice(2)
  const wanted = words.filter((word) => word !== '--refresh')
  for (const word of wanted) {
    const { arch, version } = kernelOf(word)
    if (!(arch in ARCHES))
      throw new FetchError(`${word}: no such architecture`, Object.keys(ARCHES).join(' or '))
    if (version !== undefined && !/^\d+\.\d+(?:\.\d+)?$/.test(version))
      throw new FetchError(`${word}: not a version`, `${arch}@6.12 or ${arch}@6.12.117`)
  }
  const cache = cacheFolder()
  mkdirSync(cache, { recursive: true })
  for (const word of wanted.length > 0 ? wanted : ['x86_64']) {
    const place = join(cache, word)
    if (existsSync(join(place, 'files.json')) && !words.includes('--refresh')) {
      console.log(`${place}: is there`)
      continue
    }
    const folder = mkdtempSync(`${place}-`)
    try {
      await fetchArch(kernelOf(word), folder)
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
