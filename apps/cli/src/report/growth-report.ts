import { HotplugError } from '@memhp/core'
import { type PlugRoom, plugRoomOf } from '@memhp/planner'
import { type GrowthArguments, growthArguments } from '@memhp/qemu'
import { driverManagedMemory, type Topology } from '@memhp/topology'
import { formatAddress, formatSize } from '../text/size'
import { deviceGaps, gapText } from './gaps'
import { labelled, type PageStyle, plural, section } from './page-style'

/** How large a machine is to become. */
export interface GrowthFlags {
  readonly mostBytes: number
  readonly dimmBytes?: number
}

const MIB = 2 ** 20
/** Most DIMMs that are chosen where no size is named: POWER has no more slots. */
const USUAL_SLOTS = 32

/** Bytes that are there without any device: what `-m` names first. */
function bootBytesOf(topology: Topology): number {
  const { blocks, blockBytes } = topology
  const own = blocks.filter(
    (block) => block.device === null && driverManagedMemory(topology, block) === undefined,
  )
  return own.length * blockBytes
}

/** The smallest size, a power of two of blocks, of which few DIMMs do. */
function dimmFor(bytes: number, blockBytes: number): number {
  let size = blockBytes
  while (bytes / size > USUAL_SLOTS) size *= 2
  return size
}

const qemuSize = (bytes: number): string =>
  bytes % (1024 * MIB) === 0 ? `${bytes / 1024 / MIB}G` : `${Math.ceil(bytes / MIB)}M`

function roomLine(room: PlugRoom, bytes: number): string {
  const cost = formatSize(bytes * room.costPerByte)
  const free = formatSize(room.freeBytes)
  return bytes <= room.largestBytes
    ? `${cost} for all of it; ${free} is free now in kernel zones`
    : `${cost} for all of it, and ${free} is free now in kernel zones: in steps of at most ${formatSize(room.largestBytes)}, with kernel memory online between them`
}

function lines(
  {
    bootBytes,
    addedBytes,
    dimmBytes,
  }: { bootBytes: number; addedBytes: number; dimmBytes: number },
  told: GrowthArguments,
  room: PlugRoom | undefined,
): readonly (readonly [string, string])[] {
  const { dimms, slots, maxmemBytes, lastAddress, physBits } = told
  const more = maxmemBytes - bootBytes - addedBytes
  return [
    ['qemu', `-m ${qemuSize(bootBytes)},slots=${slots},maxmem=${qemuSize(maxmemBytes)}`],
    [
      'dimms',
      `${plural(dimms, 'DIMM')} of ${formatSize(dimmBytes)}${more > 0 ? `, ${formatSize(more)} more than asked for` : ''}`,
    ],
    [
      'addresses',
      `up to ${formatAddress(lastAddress)}: QEMU keeps 1 GiB a slot for what DIMMs lose at their alignment, and 32 GiB for PCI above them`,
    ],
    [
      'processor',
      `${physBits} bits of addresses: -cpu …,phys-bits=${physBits}, or host-phys-bits=on`,
    ],
    ...(room === undefined ? [] : ([['memmap', roomLine(room, dimms * dimmBytes)]] as const)),
  ]
}

function checkDimm(dimmBytes: number, blockBytes: number): void {
  if (dimmBytes % blockBytes === 0) return
  const text = `A DIMM of ${formatSize(dimmBytes)} is not a multiple of ${formatSize(blockBytes)}: the kernel adds memory in whole blocks, and would refuse it without a word to QEMU.`
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text)
}

/**
 * With what QEMU is to be started, so that a machine with this memory at boot can have a size.
 * @throws HotplugError as `growthArguments`, and BAD_ARGUMENT for DIMMs that blocks do not make up
 */
export function growthReport(
  topology: Topology,
  { mostBytes, dimmBytes: wanted }: GrowthFlags,
  style: PageStyle,
): { readonly text: string; readonly body: object } {
  const { blockBytes } = topology
  const bootBytes = bootBytesOf(topology)
  const addedBytes = mostBytes - bootBytes
  const dimmBytes = wanted ?? dimmFor(addedBytes, blockBytes)
  checkDimm(dimmBytes, blockBytes)
  const told = growthArguments({ bootBytes, mostBytes, dimmBytes })
  const room = plugRoomOf(topology)
  const gaps = deviceGaps(topology)
  const gapLines = gaps.map((gap, at) => [at === 0 ? 'gaps' : '', gapText(gap, dimmBytes)] as const)
  const all = [...lines({ bootBytes, addedBytes, dimmBytes }, told, room), ...gapLines]
  const body = all.map(([name, text]) => labelled(name, text, style))
  return {
    text: section(
      `A guest that grows from ${formatSize(bootBytes)} to ${formatSize(mostBytes)}`,
      body.join(''),
      style,
    ),
    body: {
      bootBytes,
      mostBytes,
      dimmBytes,
      ...told,
      gaps,
      ...(room === undefined ? {} : { room }),
    },
  }
}
