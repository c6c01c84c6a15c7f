import { createRandom, drawWalkMachine, type LiveArch, type WalkMachine } from '@memhp/conformance'
import { CliError } from '../errors'
import type { KernelFlags } from './guest-files'

/** The flags of `memhp verify`. */
export interface VerifyFlags extends KernelFlags {
  readonly arch: 'x86_64' | 'ppc64le'
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
  if (mmu === undefined) return 'x86_64'
  throw new CliError('--mmu is for --arch ppc64le: x86_64 has one kind of page table')
}

/** The machine that the seed draws, but for what the user has decided. @throws CliError for flags that exclude each other */
export function machineOf(flags: VerifyFlags, seed: number): WalkMachine {
  const drawn = drawWalkMachine(createRandom(seed), archOf(flags))
  const { nodes, cmdline, faults, kernel, modules } = flags
  const hasNotifierFaults = kernel === undefined || modules !== undefined
  if (faults === true && !hasNotifierFaults) {
    throw new CliError('--faults needs the kernel’s module that makes notifiers fail', {
      remedy: 'name the folder of its modules: --modules /lib/modules/RELEASE',
    })
  }
  return {
    ...drawn,
    nodesMib: nodes ?? drawn.nodesMib,
    cmdline: cmdline ?? drawn.cmdline,
    faults: hasNotifierFaults && (faults ?? drawn.faults),
  }
}

/** The command that walks this walk again. */
export function againText(flags: VerifyFlags, walk: Walk): string {
  const { machine, seed, steps } = walk
  const [arch, mmu] = machine.arch.split('-')
  return [
    `memhp verify --arch ${arch}${mmu === undefined ? '' : ` --mmu ${mmu}`}`,
    `--seed ${seed} --steps ${steps} --nodes ${machine.nodesMib.join(',')}`,
    `--cmdline '${machine.cmdline}' ${machine.faults ? '--faults' : '--no-faults'}`,
    ...(flags.kernel === undefined ? [] : [`--kernel ${flags.kernel}`]),
  ].join(' ')
}

/** What is walked: the seed decides each step. */
export interface Walk {
  readonly machine: WalkMachine
  readonly seed: number
  readonly steps: number
}
