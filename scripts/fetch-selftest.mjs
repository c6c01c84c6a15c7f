// Fetches the kernel's own test of memory hot-plug, tools/testing/selftests/memory-hotplug/mem-on-off-test.sh, out of Debian's
// package of kernel sources. It is under the GPL, and runs as it is; the repository has only what it printed in guests.
//
//   node scripts/fetch-selftest.mjs
//
// The cache is $MEMHP_GUEST_CACHE, else ~/.cache/memhp. Needs Debian or a relative of it (apt-get, dpkg-deb, tar, xz), and room for
// 140 MB meanwhile. Exit codes: 0 fetched or there already, 1 not fetched.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const SELFTEST = 'mem-on-off-test.sh'
const MEMBER = `*/tools/testing/selftests/memory-hotplug/${SELFTEST}`

const cache =
  process.env.MEMHP_GUEST_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'memhp')

/** @returns what a command printed @throws Error with what it complained of */
function output(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
}

/** Unpacks the one file of a package of sources into a folder. */
function unpack(deb, folder) {
  const script = `set -o pipefail
dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | tar -xJ -C "$2" --wildcards --strip-components=5 "$3"`
  output('bash', ['-c', script, 'unpack', deb, folder, MEMBER])
  if (!existsSync(join(folder, SELFTEST))) throw new Error(`${deb} has no ${SELFTEST}`)
}

function fetchSelftest() {
  const place = join(cache, 'selftest')
  if (existsSync(join(place, SELFTEST))) return `${place}: is there`
  mkdirSync(place, { recursive: true })
  const folder = mkdtempSync(join(place, 'deb-'))
  try {
    const depends = output('apt-cache', ['depends', 'linux-source'])
    const name = /Depends: (linux-source-\S+)/.exec(depends)?.[1]
    if (name === undefined)
      throw new Error(`apt-cache depends linux-source names none:\n${depends}`)
    output('apt-get', ['-q', 'download', name], folder)
    const [deb = ''] = readdirSync(folder)
    unpack(join(folder, deb), folder)
    renameSync(join(folder, SELFTEST), join(place, SELFTEST))
    return `${place}: fetched from ${deb}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

try {
  console.log(fetchSelftest())
} catch (error) {
  console.error(
    `${error.message}\nTry: sources of apt that have Debian's linux-source, then run this again`,
  )
  process.exitCode = 1
}
