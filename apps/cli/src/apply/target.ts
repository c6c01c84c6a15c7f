import type { FileTree } from '@memhp/core'
import type { Plan } from '@memhp/planner'
import type { RemoteShell } from '@memhp/qemu'
import type { ExplainedTopology } from '@memhp/topology'
import type { OpenedSource } from '../source/opened-source'

/** A tree whose writes can be cut short. */
export interface StoppableTree extends FileTree {
  /** @param options.signal the kernel gives up, and the write fails with EINTR */
  write(path: string, text: string, options?: { readonly signal?: AbortSignal }): Promise<void>
}

/** How a machine is reached again: plain data, kept in the journal. */
export type TargetSpec =
  | { readonly kind: 'host' }
  | { readonly kind: 'folder'; readonly path: string }
  | SshSpec
  | AgentSpec
  | LibvirtSpec

/** A guest that QEMU's agent in it reaches. */
export interface AgentSpec {
  readonly kind: 'agent'
  /** The socket of the agent's port. */
  readonly socket: string
  /** As of `SshSpec`. */
  readonly monitor: string | null
  readonly firecracker?: string
}

/** A domain of libvirt, whose guest its agent reaches. */
export interface LibvirtSpec {
  readonly kind: 'libvirt'
  readonly domain: string
  /** The URI of libvirt; null for virsh's own. */
  readonly connect: string | null
}

/** A machine that a shell reaches. */
export interface SshSpec {
  readonly kind: 'ssh'
  /** `user@host`. */
  readonly host: string
  /** The program with its arguments that connects to it, before the host; null for ssh. */
  readonly command: readonly string[] | null
  /** The socket of QEMU's monitor, where the machine is a guest whose devices it plugs; null otherwise. */
  readonly monitor: string | null
  /** The socket of Firecracker's API, where the machine is its guest; absent otherwise. */
  readonly firecracker?: string
}

/** A machine that a plan is carried out on. Every write goes through `tree`, and reaches that machine alone. */
export interface Target {
  readonly spec: TargetSpec
  /** How messages name it: `this host (NAME)`. */
  readonly name: string
  readonly tree: StoppableTree
  /** Reads it as plans are made on it. */
  study(): Promise<ExplainedTopology>
  /** Refuses before anything is done where the first step cannot be written at all. @throws CliError */
  checkWritable(plan: Pick<Plan, 'steps'>): Promise<void>
  /** Runs a script of a POSIX shell there; absent here, and where an agent runs no programs. */
  readonly run?: RemoteShell['run'] | undefined
  /** Hears its uevents; absent here, and for what an agent reaches, which tells none. */
  readonly hear?: RemoteShell['hear']
  /** Told of every process that writes, before it does. */
  onWriter(listener: (pid: number) => void): void
  /** What the kernel is at in the process that writes, as its name of the function; undefined where that is not known. */
  waitsIn(): Promise<string | undefined>
  /** The last lines of the kernel's log; empty where it cannot be read. */
  kernelLog(): Promise<readonly string[]>
  /**
   * Takes the lock on the machine itself, which whoever reaches it sees; absent: the one of this host is enough.
   * @returns what gives it back
   * @throws CliError where another holds it
   */
  lock?(about: { readonly since: string; readonly journal: string }): Promise<() => Promise<void>>
  /** The plan as this machine carries it out; absent: as it is. @throws CliError for what it does not remove */
  prepare?(plan: Plan): Promise<Plan>
  /** Why what was asked for last is not carried out, where the machine has said so. */
  refusal?(): string | undefined
  /** Changes as long as what was asked for last gets on, where the machine shows that; absent: the kernel's counters alone do. */
  progress?(): number | undefined
  /** What of that stays, and why; undefined where it does not show. */
  whyStuck?(): Promise<string | undefined>
  close(): Promise<void>
}

/** A target whose files can be read without all that plans need. */
export interface ReadableTarget extends Target {
  /** Its files, to be read. */
  open(): Promise<OpenedSource>
}
