import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import {
  createRandom,
  drawWalkMachine,
  type LiveArch,
  type LiveDevice,
  type WalkMachine,
} from '@memhp/conformance'
import { shellQuote } from '@memhp/qemu'
import { CliError } from '../errors'
import { withFile } from '../file-problem'
import { guestArchOf, type KernelFlags } from './guest-files'

/** The flags of `memhp verify`. */
export interface VerifyFlags extends KernelFlags {
  readonly arch: 'x86_64' | 'ppc64le' | 's390x' | 'arm64'
  readonly device: LiveDevice
  readonly mmu?: 'radix' | 'hash'
  readonly seed?: number
  readonly steps: number
  readonly nodes?: readonly number[]
  readonly cmdline?: string
  readonly faults?: boolean
  readonly qemu?: string
  readonly shrink: number
  readonly record?: string
  readonly force?: true
  readonly json?: true
}

function archOf({ arch, mmu }: VerifyFlags): LiveArch {
  if (arch === 'ppc64le') return `ppc64le-${mmu ?? 'radix'}`
  if (mmu === undefined) return arch
  throw new CliError(`--mmu is for --arch ppc64le: ${arch} has one kind of page table`)
}

/** The machine that the seed draws, but for what the user has decided. @throws CliError for flags that exclude each other */
export function machineOf(flags: VerifyFlags, seed: number): WalkMachine {
  const { device } = flags
  checkDevice(flags)
  const drawn = drawWalkMachine(createRandom(seed), archOf(flags), device)
  const { nodes, cmdline, faults, kernel, modules } = flags
  const hasNotifierFaults = kernel === undefined || modules !== undefined
  if (faults === true && !hasNotifierFaults) {
    throw new CliError('--faults needs the kernel’s module that makes notifiers fail', {
      remedy: 'name the folder of its modules: --modules /lib/modules/RELEASE',
    })
  }
  if (nodes !== undefined) checkNodes(nodes, drawn)
  return {
    ...drawn,
    ...onNodes(drawn, nodes ?? drawn.nodesMib),
    cmdline: cmdline ?? drawn.cmdline,
    faults: hasNotifierFaults && (faults ?? drawn.faults),
  }
}

/** Other nodes than were drawn: a device of a node that there is not goes to one that there is. */
function onNodes(
  { resizables }: WalkMachine,
  nodesMib: readonly number[],
): Pick<WalkMachine, 'nodesMib' | 'resizables'> {
  if (resizables === undefined) return { nodesMib }
  const devices = resizables.devices.map((device) => ({
    ...device,
    node: device.node % nodesMib.length,
  }))
  return { nodesMib, resizables: { ...resizables, devices } }
}

/** MiB: what boots at all, and of what boot memory is made up. */
const BOOT_MEMORY = {
  x86_64: { least: 256, unit: 1 },
  ppc64le: { least: 512, unit: 256 },
  s390x: { least: 512, unit: 256 },
  arm64: { least: 384, unit: 128 },
} as const

/** Architectures whose guests have virtio-mem. */
const HAS_VIRTIO_MEM: readonly VerifyFlags['arch'][] = ['x86_64', 'arm64']

/** @throws CliError for a device that no guest of the architecture has */
function checkDevice({ arch, device }: VerifyFlags): void {
  if (device !== 'virtio-mem' || HAS_VIRTIO_MEM.includes(arch)) return
  throw new CliError(`--device virtio-mem: no kernel of Debian for ${arch} has its driver`, {
    remedy: `--arch ${HAS_VIRTIO_MEM.join(' or ')}`,
  })
}

/** @throws CliError for boot memory that no guest boots with */
function checkNodes(nodes: readonly number[], { arch, maxMib }: WalkMachine): void {
  const { least, unit } = BOOT_MEMORY[guestArchOf(arch)]
  const [first = 0] = nodes
  const total = nodes.reduce((sum, mib) => sum + mib, 0)
  const isRight =
    first >= least &&
    total <= maxMib / 2 &&
    nodes.length <= 8 &&
    nodes.every((mib) => mib % unit === 0)
  if (isRight) return
  throw new CliError(`--nodes ${nodes.join()}: no guest boots with it`, {
    remedy: `at most 8 nodes, the first of ${least} MiB at least, multiples of ${unit} MiB, ${maxMib / 2} MiB in all at most`,
  })
}

/** Refuses what is not there before any guest boots. @throws CliError */
export async function checkKernelFiles({ kernel, initrd }: VerifyFlags): Promise<void> {
  for (const path of [kernel, initrd]) {
    if (path !== undefined) await withFile(path, async () => access(path, constants.R_OK))
  }
}

/** The command that walks this walk again. */
export function againText(flags: VerifyFlags, walk: Walk): string {
  const { machine, seed, steps } = walk
  const [arch = '', mmu] = machine.arch.split('-')
  const { kernel, modules, initrd, qemu, kernelVersion } = flags
  const options = {
    arch,
    mmu,
    seed: String(seed),
    steps: String(steps),
    nodes: machine.nodesMib.join(),
    cmdline: machine.cmdline,
    ...(flags.device === 'dimm' ? {} : { device: flags.device }),
    ...{ kernel, modules, initrd, qemu, 'kernel-version': kernelVersion },
  }
  const words = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  )
  return shellQuote(['memhp', 'verify', ...words, machine.faults ? '--faults' : '--no-faults'])
}

/** What is walked: the seed decides each step. */
export interface Walk {
  readonly machine: WalkMachine
  readonly seed: number
  readonly steps: number
}
