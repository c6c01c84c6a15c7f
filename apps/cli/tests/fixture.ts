const MEMORY = '/sys/devices/system/memory'
const NODE = '/sys/devices/system/node'
const ACPI = '/sys/bus/acpi/devices'
const KIB = 1024

interface FixtureBlock {
  readonly id: number
  readonly state: 'online' | 'offline'
  readonly zones: string
  readonly node: number
  readonly device?: string
}

const BLOCKS: readonly FixtureBlock[] = [
  { id: 0, state: 'online', zones: 'none', node: 0 },
  { id: 1, state: 'online', zones: 'DMA32', node: 0 },
  { id: 32, state: 'online', zones: 'Movable', node: 1, device: 'PNP0C80:00' },
  { id: 33, state: 'online', zones: 'Movable', node: 1, device: 'PNP0C80:00' },
  { id: 34, state: 'offline', zones: 'Movable Normal', node: 1, device: 'PNP0C80:01' },
]

function blockTexts({ id, state, zones, node, device }: FixtureBlock): Record<string, string> {
  const directory = `${MEMORY}/memory${id}`
  return {
    [`${directory}/state`]: `${state}\n`,
    [`${directory}/online`]: state === 'online' ? '1\n' : '0\n',
    [`${directory}/valid_zones`]: `${zones}\n`,
    [`${directory}/removable`]: '1\n',
    [`${directory}/phys_device`]: '0\n',
    [`${directory}/phys_index`]: `${id.toString(16).padStart(8, '0')}\n`,
    [`${directory}/node${node}`]: `-> ../../node/node${node}`,
    [`${NODE}/node${node}/memory${id}`]: `-> ../../memory/memory${id}`,
    ...(device === undefined
      ? {}
      : { [`${directory}/firmware_node`]: `-> ../../../LNXSYSTM:00/${device}` }),
  }
}

const nodeTexts = (id: number, pages: number): Record<string, string> => ({
  [`${NODE}/node${id}/cpulist`]: id === 0 ? '0-1\n' : '\n',
  [`${NODE}/node${id}/distance`]: id === 0 ? '10 20\n' : '20 10\n',
  [`${NODE}/node${id}/meminfo`]: `Node ${id} MemTotal: ${pages * 4} kB\nNode ${id} MemFree: 4 kB\n`,
})

const zoneText = (
  node: number,
  name: string,
  { start, pages }: { start: number; pages: number },
): string =>
  `Node ${node}, zone ${name.padStart(8)}
  pages free     ${Math.floor(pages / 2)}
        min      1
        low      2
        high     3
        spanned  ${pages}
        present  ${pages}
        managed  ${pages}
${pages > 0 ? `  start_pfn:           ${start}\n` : ''}`

const BLOCK_PAGES = (128 * KIB) / 4

/** Two nodes, five blocks of 128 MiB, two devices: every state and every kind of zone text. */
export const TWO_NODES: Readonly<Record<string, string>> = {
  [`${MEMORY}/block_size_bytes`]: '8000000\n',
  [`${MEMORY}/auto_online_blocks`]: 'offline\n',
  [`${NODE}/online`]: '0-1\n',
  [`${NODE}/possible`]: '0-1\n',
  [`${NODE}/has_memory`]: '0-1\n',
  [`${NODE}/has_normal_memory`]: '0\n',
  ...Object.assign({}, ...BLOCKS.map(blockTexts)),
  ...nodeTexts(0, 2 * BLOCK_PAGES),
  ...nodeTexts(1, 2 * BLOCK_PAGES),
  [`${ACPI}/PNP0C80:00/status`]: '15\n',
  [`${ACPI}/PNP0C80:00/path`]: '\\_SB_.MHPC.MP00\n',
  [`${ACPI}/PNP0C80:00/eject`]: '',
  [`${ACPI}/PNP0C80:01/status`]: '15\n',
  [`${ACPI}/PNP0C80:01/path`]: '\\_SB_.MHPC.MP01\n',
  [`${ACPI}/PNP0C80:01/eject`]: '',
  [`${ACPI}/PNP0C80:02/status`]: '0\n',
  [`${ACPI}/PNP0C80:02/path`]: '\\_SB_.MHPC.MP02\n',
  [`${ACPI}/PNP0C80:02/eject`]: '',
  '/proc/zoneinfo': [
    zoneText(0, 'DMA', { start: 1, pages: 4095 }),
    zoneText(0, 'DMA32', { start: 4096, pages: 2 * BLOCK_PAGES - 4096 }),
    zoneText(0, 'Movable', { start: 0, pages: 0 }),
    zoneText(1, 'Movable', { start: 32 * BLOCK_PAGES, pages: 2 * BLOCK_PAGES }),
  ].join(''),
  '/proc/buddyinfo': 'Node 1, zone  Movable      4      0      1 \n',
  '/proc/meminfo': `MemTotal: ${4 * BLOCK_PAGES * 4} kB\nMemFree: 8 kB\nMemAvailable: 8 kB\n`,
  '/proc/iomem':
    '00001000-0fffffff : System RAM\n  01000000-01ffffff : Kernel code\n100000000-11fffffff : System RAM\n',
  '/proc/cmdline': 'quiet movable_node\n',
  '/proc/version': 'Linux version 6.1.0-test\n',
}
