import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { REPORT_KINDS, type ReportKind, type ReportText } from '@memhp/capture'
import { readPackedText } from '@memhp/host'
import { CliError } from '../errors'
import { withFile } from '../file-problem'

/** Most bytes of a text that is looked at. */
const LARGEST_TEXT = 2 ** 26
/** Most entries of a folder of an unpacked report that are looked at. */
const MOST_ENTRIES = 10_000

/** Where an unpacked sos report has what tells of memory: a file, or a folder and what its files begin with. */
const IN_SOS: readonly (readonly [ReportKind, string, string?])[] = [
  ['iomem', 'proc/iomem'],
  ['zoneinfo', 'proc/zoneinfo'],
  ['meminfo', 'proc/meminfo'],
  ['buddyinfo', 'proc/buddyinfo'],
  ['pagetypeinfo', 'proc/pagetypeinfo'],
  ['cmdline', 'proc/cmdline'],
  ['version', 'proc/version'],
  ['lsmem', 'sos_commands/memory', 'lsmem'],
  ['numactl', 'sos_commands/numa', 'numactl_--hardware'],
  ['daxctl', 'sos_commands/cxl', 'daxctl_list'],
  ['daxctl', 'sos_commands/nvdimm', 'daxctl_list'],
  ['uname', 'sos_commands/kernel', 'uname_-a'],
  ['dmesg', 'sos_commands/kernel', 'dmesg'],
  ['dmesg', 'var/log/dmesg'],
]

async function readText(path: string): Promise<string> {
  return withFile(path, async () =>
    readPackedText(path, { code: 'BAD_ARGUMENT', largestBytes: LARGEST_TEXT }),
  )
}

const isThere = async (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )

/** The first file of a folder whose name begins so; undefined where there is none. */
async function fileIn(folder: string, prefix: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => [])
  const name = names
    .slice(0, MOST_ENTRIES)
    .sort()
    .find((each) => each.startsWith(prefix))
  return name === undefined ? undefined : join(folder, name)
}

/** The texts of an unpacked sos report. @throws CliError where it has none */
async function readReportFolder(folder: string): Promise<readonly ReportText[]> {
  const texts: ReportText[] = []
  const kinds = new Set<ReportKind>()
  for (const [kind, place, prefix] of IN_SOS) {
    if (kinds.has(kind)) continue
    const path =
      prefix === undefined ? join(folder, place) : await fileIn(join(folder, place), prefix)
    if (path === undefined || !(await isThere(path))) continue
    const text = await readText(path)
    // A report says so where a command could not be run.
    if (text.trim() === '' || /not found|No such file|timed? ?out/i.test(text.slice(0, 200)))
      continue
    kinds.add(kind)
    texts.push({ name: path, text, kind })
  }
  if (texts.length > 0) return texts
  throw new CliError(`${folder} is not an unpacked sos report: nothing in it tells of memory`, {
    remedy: 'name its files, or a copy of /sys and /proc with --sysroot DIR',
  })
}

const isKind = (word: string): word is ReportKind => REPORT_KINDS.some((kind) => kind === word)

/**
 * Reads the texts of a report.
 * @param names files, folders of unpacked sos reports, or `KIND=FILE`
 * @throws CliError, HotplugError BAD_ARGUMENT, NOT_READABLE
 */
export async function readReports(names: readonly string[]): Promise<readonly ReportText[]> {
  const texts: ReportText[] = []
  for (const name of names) {
    const [, word = '', named = ''] = /^([a-z-]+)=(.+)$/.exec(name) ?? []
    const isNamed = isKind(word)
    const path = isNamed ? named : name
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    )
    if (isFolder && !isNamed) texts.push(...(await readReportFolder(path)))
    else texts.push({ name: path, text: await readText(path), ...(isNamed ? { kind: word } : {}) })
  }
  return texts
}
