// Records the leaves of a guest's own page tables while a DIMM comes and goes: recordings/x86_64-page-tables-5-levels.json.gz
//
//   tsx --conditions=memhp-source scripts/record-page-tables.ts FILE
//
// Needs qemu-system-x86, and the kernel that packages/qemu/scripts/fetch-kernels.mjs fetches.
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type Guest, startGuest } from '../packages/qemu/src/index'

const MIB = 2 ** 20
const GIB = 2 ** 30
const BOOT_MIB = 1024
const BLOCK_MIB = 128
/** Where QEMU's q35 puts the first DIMM. */
const WINDOW_START = 4 * GIB
const STRUCT_PAGE_RATIO = 64
/** Where Linux maps all memory, and the memmap. Source: Documentation/x86/x86_64/mm.rst 6.1, five levels. */
const BASES = { direct: 0xff11000000000000n, vmemmap: 0xffd4000000000000n }
const COUNTERS = ['DirectMap4k', 'DirectMap2M', 'DirectMap1G']

/** DIMMs that are there before, and the one that comes and goes. MiB. */
const CASES: readonly (readonly [already: readonly number[], device: number])[] = [
  [[], 512],
  [[128], 1024],
  [[], 1152],
  [[640], 384],
  [[], 2048],
]

interface Leaf {
  readonly address: bigint
  readonly flags: string
}

interface Run {
  readonly start: bigint
  end: bigint
  readonly leaf: number
  count: number
  readonly flags: string
}

/** What QEMU's walk of the tables prints: `ff11000000001000: 0000000000001000 XG-DA---W`. */
async function leavesOf(guest: Guest): Promise<readonly Leaf[]> {
  const text = await guest.qmp.execute('human-monitor-command', { 'command-line': 'info tlb' })
  return [...text.matchAll(/^([0-9a-f]{16}): [0-9a-f]{16} (\S{9})/gm)].map(
    ([, address = '', flags = '']) => ({ address: BigInt(`0x${address}`), flags }),
  )
}

/** A large leaf is of 1 GiB if it begins like one and nothing follows within. */
function sizeOf({ address, flags }: Leaf, next: bigint, base: bigint): number {
  if (flags[2] !== 'P') return 4096
  const isAligned = (address - base) % BigInt(GIB) === 0n
  return isAligned && next - address >= BigInt(GIB) ? GIB : 2 * MIB
}

function runsOf(all: readonly Leaf[], base: bigint, window: readonly [number, number]): Run[] {
  const [start, end] = window.map((offset) => base + BigInt(offset)) as [bigint, bigint]
  const leaves = all.filter(({ address }) => address >= start && address < end)
  const runs: Run[] = []
  for (const [i, leaf] of leaves.entries()) {
    const size = sizeOf(leaf, leaves[i + 1]?.address ?? end, base)
    const last = runs.at(-1)
    if (last?.end === leaf.address && last.leaf === size && last.flags === leaf.flags) {
      last.end += BigInt(size)
      last.count += 1
    } else {
      const { address, flags } = leaf
      runs.push({ start: address, end: address + BigInt(size), leaf: size, count: 1, flags })
    }
  }
  return runs
}

const hex = (address: bigint): string => `0x${address.toString(16)}`

async function stageOf(guest: Guest, stage: string, windowEnd: number): Promise<object> {
  const all = await leavesOf(guest)
  const view = await guest.flatView()
  const part = (base: bigint, ratio: number): object[] =>
    runsOf(all, base, [WINDOW_START / ratio, windowEnd / ratio]).map((run) => ({
      ...run,
      start: hex(run.start),
      end: hex(run.end),
    }))
  return {
    stage,
    leaves: { direct: part(BASES.direct, 1), vmemmap: part(BASES.vmemmap, STRUCT_PAGE_RATIO) },
    direct_counters: Object.fromEntries(
      COUNTERS.map((name) => [name, view[`/proc/meminfo#${name}`]]),
    ),
  }
}

async function record(already: readonly number[], deviceMib: number): Promise<object> {
  await using guest = await startGuest({
    machine: 'x86_64',
    memory: { nodes: [{ mib: BOOT_MIB }], slots: 6, maxMib: 64 * 1024 },
  })
  for (const [i, mib] of already.entries()) await guest.plug({ id: `already${i}`, mib })
  const before = already.reduce((sum, mib) => sum + mib, 0)
  const windowEnd = WINDOW_START + (before + deviceMib) * MIB
  const stages = [await stageOf(guest, 'before', windowEnd)]
  await guest.plug({ id: 'device', mib: deviceMib })
  stages.push(await stageOf(guest, 'added', windowEnd))
  const first = (WINDOW_START / MIB + before) / BLOCK_MIB
  for (let id = first; id < first + deviceMib / BLOCK_MIB; id++) {
    await guest.write(`/sys/devices/system/memory/memory${id}/state`, 'online_movable')
  }
  stages.push(await stageOf(guest, 'online', windowEnd))
  const { result } = await guest.unplug('device')
  stages.push(await stageOf(guest, 'removed', windowEnd))
  const gone = !result.devices?.some(([id]) => id === 'device')
  console.log(`${deviceMib} MiB after [${already.join()}]: ${gone ? 'gone' : 'still there'}`)
  return {
    levels: 5,
    boot_mib: BOOT_MIB,
    already_plugged_mib: already,
    device_mib: deviceMib,
    gone,
    stages,
  }
}

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('name the file to write')
const cases: object[] = []
for (const [already, deviceMib] of CASES) cases.push(await record(already, deviceMib))
writeFileSync(file, gzipSync(`${JSON.stringify({ arch: 'x86_64', cases })}\n`))
