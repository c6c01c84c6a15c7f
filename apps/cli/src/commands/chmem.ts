import { hostname, machine } from 'node:os'
import { isHotplugError } from '@memhp/core'
import { type HostTree, hostTree } from '@memhp/host'
import { blockFile, formatNumberList, MEMORY_DIRECTORY } from '@memhp/kernel-files'
import { type BlockOutlook, outlookOf } from '@memhp/planner'
import { idsIn, readBlockBytes, readTopology } from '@memhp/topology'
import type { Command } from 'commander'
import { consent } from '../apply/consent'
import { changeBlocks } from '../chmem/change-blocks'
import { type ChmemBlock, type ChmemStep, stepsFor } from '../chmem/choose-blocks'
import { type ChmemRequest, parseRequest } from '../chmem/request'
import { targetKind } from '../chmem/target'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { checkFolder } from '../file-problem'
import { renderTable } from '../output/table'
import { predictionText } from '../report/words'
import { chooseSource } from '../source/choice'
import { inPlace } from '../source/machine-source'
import { NAME_A_SYSROOT } from '../source/take-host'
import { formatRange, formatSize } from '../text/size'

interface ChmemFlags {
  readonly enable?: true
  readonly disable?: true
  readonly blocks?: true
  readonly zone?: string
  readonly verbose?: true
  readonly sysroot?: string
  readonly dryRun?: true
  readonly cheapest?: true
  readonly yes?: true
}

/** As `chmem --help` lists them. */
const ZONES: readonly string[] = ['DMA', 'DMA32', 'Normal', 'Highmem', 'Movable', 'Device']

async function readText(tree: HostTree, path: string): Promise<string | undefined> {
  try {
    return (await tree.read(path)).trim()
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return undefined
  }
}

async function readBlocks(tree: HostTree): Promise<readonly ChmemBlock[]> {
  const blocks: ChmemBlock[] = []
  for (const id of idsIn(await tree.list(MEMORY_DIRECTORY), 'memory')) {
    const state = await readText(tree, blockFile(id, 'state'))
    const zones = await readText(tree, blockFile(id, 'valid_zones'))
    if (state !== undefined) blocks.push({ id, isOnline: state === 'online', zones })
  }
  return blocks
}

async function outlooks(
  tree: HostTree,
  sysroot: string | undefined,
): Promise<ReadonlyMap<number, BlockOutlook>> {
  const arch = sysroot === undefined ? { arch: machine() } : {}
  const topology = await readTopology(tree, arch)
  return new Map(outlookOf(topology).blocks.map((outlook) => [outlook.id, outlook]))
}

/** The steps that a size needs, as far as they are known beforehand: one that refuses is passed over. */
function planned(
  steps: readonly ChmemStep[],
  request: ChmemRequest,
  blockBytes: number,
): readonly ChmemStep[] {
  if (request.kind === 'blocks') return steps
  const wanted = request.sizeBytes / blockBytes
  return steps.filter(({ write }) => write !== undefined).slice(0, wanted)
}

const SKIPPED: Readonly<Record<NonNullable<ChmemStep['skipped']>, string>> = {
  already: 'nothing: it is so already',
  zone: 'nothing: the zone does not fit',
}

function planText(
  steps: readonly ChmemStep[],
  { blockBytes, outlook }: { blockBytes: number; outlook: ReadonlyMap<number, BlockOutlook> },
): string {
  const rows = steps.map(({ block, write, skipped }) => {
    const range = formatRange({ start: block.id * blockBytes, end: (block.id + 1) * blockBytes })
    const prediction = outlook.get(block.id)?.prediction
    const isOffline = write === 'offline' && prediction !== undefined
    return [
      `memory${block.id}`,
      range,
      block.zones ?? '-',
      skipped === undefined ? `${write}` : SKIPPED[skipped],
      isOffline ? predictionText(prediction) : '',
    ]
  })
  const headings = ['BLOCK', 'RANGE', 'ZONES', 'WRITES', 'EXPECTED']
  return renderTable(
    headings.map((heading) => ({ heading })),
    rows,
  )
}

interface Wish {
  readonly text: string
  readonly flags: ChmemFlags
  readonly enable: boolean
}

async function chmem({ text, flags, enable }: Wish, context: CliContext): Promise<void> {
  const { sysroot, zone, verbose = false, dryRun = false, cheapest = false } = flags
  const tree = hostTree({ ...(sysroot === undefined ? {} : { sysroot }), writable: !dryRun })
  const blockBytes = await readBlockBytes(tree)
  const request = parseRequest(text, { asBlocks: flags.blocks === true, blockBytes })
  const blocks = await readBlocks(tree)
  const needsOutlook = !enable && (dryRun || cheapest)
  const outlook = needsOutlook ? await outlooks(tree, sysroot) : new Map<number, BlockOutlook>()
  const wish = { enable, zone, ...(cheapest ? { outlook } : {}) }
  const steps = stepsFor(blocks, request, wish)
  const first = planned(steps, request, blockBytes)
  const writes = first.filter(({ write }) => write !== undefined)
  if (dryRun) {
    context.print(planText(first, { blockBytes, outlook }))
    const size = formatSize(writes.length * blockBytes)
    context.warn(`${writes.length} blocks, ${size}. Nothing was written.`)
    return
  }
  if (writes.length > 0 && targetKind(sysroot) === 'machine') {
    const ids = formatNumberList(writes.map(({ block }) => block.id).sort((a, b) => a - b))
    const what = enable ? 'brings online' : 'takes offline'
    await consent(`This ${what} memory${ids} of ${hostname()}, a machine that runs`, flags, context)
  }
  const { exitCode } = await changeBlocks(tree, steps, {
    request,
    enable,
    blockBytes,
    verbose,
    print: (line) => context.print(`${line}\n`),
    warn: (line) => context.warn(`chmem: ${line}`),
    signal: context.interruptSignal(),
  })
  if (exitCode !== 0) throw new CliError('', { exitCode })
}

const HELP = `
SIZE is in MiB, or with a unit (512M, 2G); RANGE is of addresses as lsmem prints it (0x78000000-0x7fffffff); with --blocks,
BLOCKRANGE is of block numbers (14-15). Effects, messages and exit codes are those of chmem of util-linux 2.38: a size goes online
from the lowest block up, to Movable where that is valid, and offline from the highest down, passing over what refuses.
--dry-run says first which blocks, what is written and what to expect; --cheapest takes blocks that are expected to
go, and that have least to move, before the highest.

A machine that runs is changed with --yes, or after an answer at the terminal; a machine of memhp mount or exec, and copies of
/sys, without.

Exit codes: 0 all was done, 64 a part, 1 nothing; 2 a flag or an argument is wrong.

Examples:
  memhp chmem -d 2G --dry-run                      which blocks would go, and whether they can be expected to
  memhp chmem -d 512M --cheapest --sysroot /tmp/m  on a machine of memhp mount
  memhp chmem -e 1024                              1024 MiB of this host
  memhp chmem -d -v 0x78000000-0x7fffffff
  memhp chmem -e -b 32-39 -z Movable
`

/** `memhp chmem`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('<what>', 'a size, a range of addresses, or with --blocks of blocks')
    .option('-e, --enable', 'bring memory online')
    .option('-d, --disable', 'take memory offline')
    .option('-b, --blocks', 'the argument is a range of blocks')
    .option('-z, --zone <name>', `only in this zone: ${ZONES.join(', ')}`)
    .option('-v, --verbose', 'say what becomes of each block')
    .option('-s, --sysroot <dir>', 'a folder that holds /sys of a machine; default: this host')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--cheapest', 'take offline what goes best, not what is highest')
    .option('--yes', 'change a machine that runs without asking')
    .addHelpText('after', HELP)
    .action(async (text: string, flags: ChmemFlags) => {
      const { enable, disable, zone, sysroot } = flags
      if (enable && disable) throw new CliError('mutually exclusive arguments: --disable --enable')
      if (enable !== true && disable !== true)
        throw new CliError('neither --enable nor --disable is given', {
          remedy: 'memhp chmem -d 512M --dry-run',
        })
      if (zone !== undefined && !ZONES.some((each) => each.toLowerCase() === zone.toLowerCase()))
        throw new CliError(`unknown memory zone: ${zone}`, { remedy: ZONES.join(', ') })
      if (sysroot !== undefined) await checkFolder(sysroot, NAME_A_SYSROOT)
      await inPlace(chooseSource(undefined, flags), async () =>
        chmem({ text, flags, enable: enable === true }, context()),
      )
    })
}
