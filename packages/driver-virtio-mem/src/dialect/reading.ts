import type { BootBlockFacts } from '@memhp/core'
import type {
  CapturedHost,
  FirmwareDialect,
  PlatformFacts,
  ResizableFacts,
} from '@memhp/core/plugin'
import { isMaskedIomem, parseIomem } from '@memhp/kernel-files'

/** A device's line of /proc/iomem. */
const NAME = /^virtio\d+$/
const RESOURCE = 'System RAM (virtio_mem)'
/** Pages and pageblocks of x86-64, and of 64-bit Arm with the smallest pages. */
const PAGE_BYTES = 4096
const SUB_BLOCK_BYTES = 2 ** 21

interface Region {
  readonly name: string
  readonly start: number
  /** Exclusive. */
  readonly end: number
  /** Memory blocks in it. */
  readonly blocks: readonly BootBlockFacts[]
}

function regionsOf(
  { text, blockBytes }: CapturedHost,
  blocks: readonly BootBlockFacts[],
): readonly Region[] {
  const iomem = text('/proc/iomem') ?? ''
  if (isMaskedIomem(iomem)) return []
  return parseIomem(iomem)
    .filter(({ name }) => NAME.test(name))
    .map(({ name, start, end, children }) => ({
      name,
      start,
      end: end + 1,
      blocks: blocks.filter(({ id }) =>
        children.some(
          (child) =>
            child.name === RESOURCE &&
            child.start <= id * blockBytes &&
            (id + 1) * blockBytes - 1 <= child.end,
        ),
      ),
    }))
}

function describeVirtioMem(
  host: CapturedHost,
  {
    blocks,
    platform,
  }: { readonly blocks: readonly BootBlockFacts[]; readonly platform: PlatformFacts },
): object | undefined {
  const regions = regionsOf(host, blocks)
  const { domains, resizable, ports, resizableBlockBytes, otherDevices, keepsResizables } = platform
  if (regions.length === 0 && resizable === undefined) return undefined
  if (resizable === undefined && regions.length > 0)
    host.assume(
      'No file tells what the hypervisor asks of virtio-mem devices: what is plugged is taken to be what is asked for, in device blocks of 2 MiB.',
    )
  return {
    devices: regions.map((region, i) => describeDevice(host, region, resizable?.[i])),
    ...(domains === undefined ? {} : { domains }),
    ...(ports === undefined ? {} : { ports }),
    ...(otherDevices === undefined ? {} : { otherDevices }),
    ...(keepsResizables === undefined ? {} : { keepsDevices: keepsResizables }),
    ...(resizableBlockBytes === undefined ? {} : { blockBytes: resizableBlockBytes }),
  }
}

function describeDevice(
  host: CapturedHost,
  { name, start, end, blocks }: Region,
  known: ResizableFacts | undefined,
): object {
  const { blockBytes } = host
  const added = blocks.length * blockBytes
  const withheld = blocks.reduce((sum, { use }) => sum + (use?.withheld ?? 0), 0) * PAGE_BYTES
  const wanted = known === undefined ? added - withheld : Math.min(added, known.requestedBytes)
  const plugged = pluggedIn(host, blocks, wanted - (wanted % SUB_BLOCK_BYTES))
  return {
    id: known?.id ?? name,
    name,
    address: start,
    maxBytes: end - start,
    node: known?.node ?? blocks[0]?.nodes.at(-1) ?? 0,
    plugged,
    ...(known?.blockBytes === undefined ? {} : { blockBytes: known.blockBytes }),
    ...(known === undefined ? {} : { requestedBytes: known.requestedBytes }),
  }
}

/** Blocks are full from the lowest up, but for what lacks at the end of the last. */
function pluggedIn(
  { blockBytes }: CapturedHost,
  blocks: readonly BootBlockFacts[],
  bytes: number,
): readonly object[] {
  let left = bytes
  return blocks.flatMap(({ id }) => {
    const start = id * blockBytes
    const end = start + Math.min(left, blockBytes)
    left -= end - start
    return start < end ? { start, end } : []
  })
}

/** virtio-mem devices as the driver reads them of a host: nothing is removed by a file. */
export const VIRTIO_MEM_READING: Omit<FirmwareDialect, 'census' | 'walk'> = {
  driver: 'virtio-mem',
  parameters: ['virtio_mem.unplug_online'],
  files: {
    read: async () => [],
    removals: () => [],
    removalOf: () => undefined,
    directoryOf: () => '/sys/bus/virtio/devices',
    isName: () => false,
  },
  capture: {
    wanted: { paths: [], behindLinks: [], directories: [] },
    assumptions: [],
    checks: [],
    kept: [],
    describe: describeVirtioMem,
  },
}
