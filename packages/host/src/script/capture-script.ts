import {
  ASSUMPTIONS,
  CAPTURE_FORMAT,
  CAPTURE_VERSION,
  CPU_FLAGS,
  OTHER_ASSUMPTION,
  PAGE_CLASS_BITS,
  WANTED,
} from '@memhp/capture'
import { ERRNO, ERRNO_MESSAGES, type Errno } from '@memhp/core'
import { DEVICE_TREE } from '@memhp/kernel-files'
import manifest from '../../package.json' with { type: 'json' }
import { AWK_FILES } from './awk-files'
import { AWK_PAGES } from './awk-pages'
import { AWK_TEXT } from './awk-text'

/** A string of awk. */
const word = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll("'", '\\047')}"`

const ALTERNATIVES = /^\(([\w,|-]+)\)$/

/** The paths of a pattern in which only the last name has alternatives, all of them words. */
function singlePaths(pattern: string): readonly string[] | undefined {
  const slash = pattern.lastIndexOf('/')
  const directory = pattern.slice(0, slash)
  const last = pattern.slice(slash + 1)
  if (!/^[\w,/-]*$/.test(directory)) return undefined
  if (/^[\w,-]+$/.test(last)) return [pattern]
  const names = ALTERNATIVES.exec(last)?.[1]?.split('|')
  return names?.map((name) => `${directory}/${name}`)
}

/** The directory above the first name that is a pattern. */
const literalPart = (pattern: string): string => /^(?:\/[\w,-]+(?=\/))*/.exec(pattern)?.[0] ?? ''

function pathTables(): string {
  const single = WANTED.paths.flatMap((pattern) => singlePaths(pattern) ?? [])
  const below = WANTED.paths
    .filter((pattern) => singlePaths(pattern) === undefined)
    .map(literalPart)
  return [
    `SINGLE = ${word(single.join(' '))}`,
    `BELOW = ${word([...new Set(below)].join(' '))}`,
    `DIRECTORIES = ${word(WANTED.directories.join(' '))}`,
  ].join('\n  ')
}

/** Functions that tell paths apart. A pattern that stands in the program itself is compiled once, also by busybox. */
function pathTests(): string {
  const test = (name: string, patterns: readonly string[]): string => {
    const tests = patterns.map((pattern) => `path ~ /^${pattern.replaceAll('/', '\\/')}$/`)
    return `function ${name}(path) {\n  return ${tests.join(' || \\\n    ')}\n}\n`
  }
  return [
    test('is_wanted', WANTED.paths),
    test(
      'is_linked',
      WANTED.behindLinks.map(({ link }) => link),
    ),
    test(
      'is_behind_link',
      WANTED.behindLinks.map(({ names }) => names),
    ),
    test('is_binary', [`${DEVICE_TREE}/.*`]),
    test('is_kept', [
      '/proc/(zoneinfo|buddyinfo)',
      '/sys/devices/system/memory/(block_size_bytes|memory[0-9]+/state)',
      '/sys/devices/system/node/node[0-9]+/meminfo',
    ]),
  ].join('')
}

function errnoTables(): string {
  const names = Object.keys(ERRNO) as Errno[]
  const lines = names.map(
    (name, index) =>
      `FAILURE[${index + 1}] = "${name}"; MESSAGE[${index + 1}] = ${word(ERRNO_MESSAGES[name])}`,
  )
  return [...lines, `FAILURES = ${names.length}`].join('\n  ')
}

function assumptionTables(): string {
  const lines = ASSUMPTIONS.flatMap(({ path, assume, noteAbsence }, index) => [
    `ASSUMPTION_PATH[${index + 1}] = ${word(path)}`,
    `ASSUMPTION_TEXT[${index + 1}] = ${word(assume)}`,
    `ASSUMPTION_ABSENCE[${index + 1}] = ${noteAbsence === 'note' && path !== '/proc/kpageflags' ? 1 : 0}`,
  ])
  return [
    ...lines,
    `ASSUMPTIONS = ${ASSUMPTIONS.length}`,
    `OTHER_ASSUMPTION = ${word(OTHER_ASSUMPTION)}`,
  ].join('\n  ')
}

function classTables(): string {
  const bits = PAGE_CLASS_BITS.flatMap(([name, numbers]) => numbers.map((bit) => ({ name, bit })))
  const lines = bits.map(
    ({ name, bit }, index) => `BIT[${index + 1}] = ${bit}; BIT_CLASS[${index + 1}] = "${name}"`,
  )
  return [...lines, `BITS = ${bits.length}`].join('\n  ')
}

const HEAD = `#!/bin/sh
# Prints a capture of this host: what memhp needs to build its twin. Only reads.
#
#   sh memhp-capture.sh [--pages] [--hostname] [--sysroot DIR] [--arch NAME] > host.json
#
# --pages counts the pages of each memory block from /proc/kpageflags (root only); about a second for
# each 4 GiB with coreutils, several with busybox. Needs sh, awk, ls, cat; od for --pages.
# Not root? Then it says what could not be read.
set -eu
MEMHP_PAGES=no MEMHP_HOSTNAME=no MEMHP_ROOT= MEMHP_ARCH=
while [ $# -gt 0 ]; do
  case $1 in
    --pages) MEMHP_PAGES=yes ;;
    --hostname) MEMHP_HOSTNAME=yes ;;
    --sysroot) MEMHP_ROOT=$(cd "$2" && pwd -P); shift ;;
    --arch) MEMHP_ARCH=$2; shift ;;
    *) echo "memhp-capture: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
[ "$MEMHP_ROOT" = / ] && MEMHP_ROOT=
if [ ! -r "$MEMHP_ROOT/sys/devices/system/memory/block_size_bytes" ]; then
  echo "memhp-capture: no /sys/devices/system/memory/block_size_bytes: no memory hot-plug here" >&2
  exit 1
fi
[ -n "$MEMHP_ROOT" ] || MEMHP_ARCH=$(uname -m)
MEMHP_TIME=$(date -u +%Y-%m-%dT%H:%M:%SZ)
LC_ALL=C TIME_STYLE=locale
unset QUOTING_STYLE LS_COLORS || :
export LC_ALL TIME_STYLE MEMHP_PAGES MEMHP_HOSTNAME MEMHP_ROOT MEMHP_ARCH MEMHP_TIME
exec awk '`

const main = (): string => String.raw`
function kernel(name) { return first_line("/proc/sys/kernel/" name) }
function release(    text, parts) {
  text = kernel("osrelease")
  if (text != "") return text
  split(first_line("/proc/version"), parts, " ")
  return parts[3] == "" ? "unknown" : parts[3]
}
function print_cpu(    text, lines, n, i, name, flags, mmu, has, known, list) {
  n = split(whole("/proc/cpuinfo"), lines, "\n")
  flags = mmu = ""
  for (i = 1; i <= n && (flags == "" || mmu == ""); i++) {
    name = text = lines[i]
    sub(/[ \t]*:.*/, "", name)
    sub(/^[^:]*:/, "", text)
    if (name == "flags" && flags == "") flags = text " "
    if ((name == "MMU" || name == "mmu") && mmu == "") mmu = text
  }
  if (flags == "" && mmu == "") return
  n = split(${word(CPU_FLAGS.join(' '))}, known, " ")
  list = ""
  for (i = 1; i <= n; i++) {
    if (index(flags, " " known[i] " ")) list = list (list == "" ? "" : ",") "\"" known[i] "\""
  }
  printf ",\n\"cpu\":{\"flags\":[%s]", list
  sub(/^ +/, "", mmu)
  sub(/ .*/, "", mmu)
  if (mmu != "") printf ",\"mmu\":%s", json(mmu)
  printf "}"
}
BEGIN {
  QUOTE = "\047"
  HEX = "0123456789abcdef"
  for (i = 1; i < 32; i++) CONTROL[sprintf("%c", i)] = sprintf("\\u%04x", i)
  for (i = 0; i < 64; i++) POWER[i] = i ? POWER[i - 1] * 2 : 1
  ROOT = ENVIRON["MEMHP_ROOT"]
  PAGES = ENVIRON["MEMHP_PAGES"]
  ${pathTables()}
  ${errnoTables()}
  ${assumptionTables()}
  ${classTables()}
  arch = kernel("arch")
  if (arch == "") arch = ENVIRON["MEMHP_ARCH"]
  if (arch == "") {
    print "memhp-capture: the tree does not say its architecture: give --arch" | "cat >&2"
    exit 2
  }
  find_files()
  printf "{\n\"format\":\"${CAPTURE_FORMAT}\",\n\"version\":${CAPTURE_VERSION}"
  field("takenAt", ENVIRON["MEMHP_TIME"])
  field("tool", ${word(`memhp-capture.sh ${manifest.version}`)})
  field("arch", arch)
  field("kernelRelease", release())
  if (ENVIRON["MEMHP_HOSTNAME"] == "yes") field("hostname", kernel("hostname"))
  print_cpu()
  print_files()
  print_links()
  print_directories()
  print_modes()
  print_pages()
  print_unreadable()
  print ",\n\"redacted\":[]\n}"
}
`

/**
 * A shell script that prints a capture of the host it runs on, for hosts without Node: sh, awk, ls, cat and, to
 * count pages and to read a device tree, od. Runs under dash and busybox. Options: `--pages`, `--hostname`, `--sysroot DIR`, `--arch NAME`.
 * It says what `takeCapture` says, but for the tool's name and texts that no kernel writes.
 */
export function captureScript(): string {
  return `${HEAD}${AWK_TEXT}${pathTests()}${AWK_FILES}${AWK_PAGES}${main()}'\n`
}
