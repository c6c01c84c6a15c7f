import type { Command } from 'commander'
import type { CliContext } from '../context'

/** What a command's module exports. */
interface CommandModule {
  /**
   * Adds arguments, options, help and the action to a command that has its name and summary already.
   * @param context asked for when the action runs, as colours depend on the parsed flags
   */
  readonly configure: (command: Command, context: () => CliContext) => void
}

/** A command in the help, and where its module is. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  /** Loads the module. Only the command that was asked for is loaded. */
  readonly load: () => Promise<CommandModule>
}

/** Every command, in the order of the help. A new command is one entry here and one module. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'capture',
    summary: 'write a host’s memory layout into one file',
    load: async () => import('./capture'),
  },
  {
    name: 'list',
    summary: 'list memory blocks as ranges: state, zones, node, device',
    load: async () => import('./list'),
  },
  {
    name: 'can',
    summary: 'what memory can go now, what cannot and why, how much in all',
    load: async () => import('./can'),
  },
  {
    name: 'plan',
    summary: 'which memory goes best for a goal, in what order, at what cost; kept in a file',
    load: async () => import('./plan'),
  },
  {
    name: 'apply',
    summary: 'carry a plan out, with a journal; put everything back where it fails',
    load: async () => import('./apply'),
  },
  {
    name: 'undo',
    summary: 'take back what an apply did, each block to its zone',
    load: async () => import('./undo'),
  },
  {
    name: 'keep',
    summary:
      'keep a declared policy: in which zone memory comes online, who decides, which settings',
    load: async () => import('./keep'),
  },
  {
    name: 'chmem',
    summary: 'bring memory online or take it offline as chmem does, with a plan first',
    load: async () => import('./chmem'),
  },
  {
    name: 'doctor',
    summary: 'who brings memory online, who wins, and what would make removal possible later',
    load: async () => import('./doctor'),
  },
  {
    name: 'explain',
    summary: 'why a block or device stays or was refused: log, pages, zones and errno joined',
    load: async () => import('./explain'),
  },
  {
    name: 'watch',
    summary: 'uevents and states of memory as they change, and uevents that were lost',
    load: async () => import('./watch'),
  },
  {
    name: 'dashboard',
    summary: 'show memory, and any removal step by step, in a browser',
    load: async () => import('./dashboard'),
  },
  {
    name: 'rehearse',
    summary: 'carry out a removal on the twin of a host',
    load: async () => import('./rehearse'),
  },
  {
    name: 'run',
    summary: 'run scenarios step by step and check what they expect',
    load: async () => import('./run'),
  },
  {
    name: 'replay',
    summary: 'carry recorded runs of real kernels out on the model and compare',
    load: async () => import('./replay'),
  },
  {
    name: 'verify',
    summary: 'walk at random on a real kernel and on the model, and compare each step',
    load: async () => import('./verify'),
  },
  {
    name: 'kernels',
    summary:
      'what kernels changed, on which of them that was seen, and what is taken for a release',
    load: async () => import('./kernels'),
  },
  {
    name: 'simulate',
    summary: 'draw machines, operations and faults from a seed, and check every invariant',
    load: async () => import('./simulate'),
  },
  {
    name: 'faults',
    summary: 'make every step of every operation fail, and check what is left',
    load: async () => import('./faults'),
  },
  {
    name: 'shell',
    summary: 'try commands on a model of a machine, as on its own shell',
    load: async () => import('./shell'),
  },
  {
    name: 'exec',
    summary: 'run a program as if a model of a machine were this host',
    load: async () => import('./exec'),
  },
  {
    name: 'mount',
    summary: 'put /sys and /proc of a model of a machine into a directory',
    load: async () => import('./mount'),
  },
  {
    name: 'ctl',
    summary: 'change a machine that is mounted, or watch its uevents',
    load: async () => import('./ctl'),
  },
  {
    name: 'unmount',
    summary: 'take a mounted machine away, also one whose memhp was killed',
    load: async () => import('./unmount'),
  },
  {
    name: 'show',
    summary: 'show one block, node, device, zone or part of the page table',
    load: async () => import('./show/show'),
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands and flags in a shell',
    load: async () => import('./completion'),
  },
  {
    name: 'man',
    summary: 'print the man page',
    load: async () => import('./man'),
  },
  {
    name: 'archs',
    summary: 'compare the architectures: tables, sizes, what removal does and why not',
    load: async () => import('./archs'),
  },
]
