// Fetches what a guest boots from: Debian's stock kernel with a few of its modules, and a static busybox.
//
//   node fetch-kernels.mjs [--refresh] [x86_64] [ppc64le]
//
// Needs Debian or a relative of it (apt-get, dpkg-deb, tar), and no root: apt keeps lists of its own in the cache,
// so that packages of another architecture can be had too. The cache is $MEMHP_GUEST_CACHE, else ~/.cache/memhp.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const ARCHES = {
  x86_64: { debian: 'amd64', image: 'linux-image-cloud-amd64', kernel: 'vmlinuz-' },
  ppc64le: { debian: 'ppc64el', image: 'linux-image-powerpc64le', kernel: 'vmlinux-' },
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

function fail(message) {
  console.error(message)
  process.exit(1)
}

/** Options that give apt an architecture and folders of its own. */
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
    'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false',
    // The cache is a private folder, which apt's own user may not enter.
    `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
  ].flatMap((option) => ['-o', option])
}

/** One archive that fails is no harm while the others have the packages; download tells. */
function updateLists(options) {
  const { status, stderr, error } = spawnSync('apt-get', [...options, '-q', 'update'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (error !== undefined)
    fail(`apt-get cannot be run (${error.message}): this script needs Debian`)
  if (status !== 0) console.error(`apt-get update was not complete:\n${stderr}`)
}

/** The package that a meta-package of kernels stands for. */
function imageOf(options, { image }) {
  const depends = execFileSync('apt-cache', [...options, 'depends', image]).toString()
  const name = /Depends: (linux-image-\d\S+)/.exec(depends)?.[1]
  return name ?? fail(`${image}: no such package in the lists of apt`)
}

/** Downloads a package and returns the file. */
function download(options, name, folder) {
  mkdirSync(folder, { recursive: true })
  execFileSync('apt-get', [...options, '-q', 'download', name], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const file = readdirSync(folder).find((entry) => entry.startsWith(`${name}_`))
  return file === undefined ? fail(`${name}: nothing was downloaded`) : join(folder, file)
}

function unpack(deb, folder, patterns) {
  mkdirSync(folder, { recursive: true })
  const list = patterns.map((pattern) => `'${pattern}'`).join(' ')
  execFileSync('sh', [
    '-c',
    `dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --wildcards --no-same-owner ${list}`,
    'unpack',
    deb,
    folder,
  ])
}

/** The files of a folder, relative to it. */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))

/** Fills `folder` for one architecture. */
function fetchArch(arch, folder) {
  const facts = ARCHES[arch]
  const options = aptOptions(join(folder, 'apt'), facts)
  updateLists(options)
  const debs = join(folder, 'debs')
  const image = imageOf(options, facts)
  unpack(download(options, image, debs), join(folder, 'kernel'), WANTED)
  unpack(download(options, 'busybox-static', debs), join(folder, 'busybox'), ['*/bin/busybox'])
  const packages = readdirSync(debs)
  rmSync(debs, { recursive: true })
  rmSync(join(folder, 'apt'), { recursive: true })

  const files = filesBelow(folder)
  const kernel = files.find((file) => file.includes(`boot/${facts.kernel}`))
  const busybox = files.find((file) => file.endsWith('bin/busybox'))
  const modules = files.filter((file) => /\.ko(\.xz)?$/.test(file))
  for (const packed of modules.filter((file) => file.endsWith('.xz'))) {
    execFileSync('xz', ['-d', join(folder, packed)])
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

const words = process.argv.slice(2)
const wanted = words.filter((word) => word !== '--refresh')
const unknown = wanted.find((word) => !(word in ARCHES))
if (unknown !== undefined) fail(`${unknown}: known are ${Object.keys(ARCHES).join(' and ')}`)

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
    fetchArch(arch, folder)
    rmSync(place, { recursive: true, force: true })
    renameSync(folder, place)
    console.log(`${place}: fetched`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
