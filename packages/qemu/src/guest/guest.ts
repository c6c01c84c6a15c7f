import type {
  FillPolicy,
  InjectOperation,
  Operation,
  PlugOperation,
  Trace,
  TraceDevice,
  TraceMachine,
  TraceStep,
} from '@memhp/trace'
import { quoteText } from '../agent/shell-words'
import type { GuestFiles } from '../initramfs/guest-files'
import type { GuestOptions } from '../launch/arguments'
import type { GuestExit, GuestProcess } from '../launch/launch'
import { profileOf } from '../launch/machine'
import { bootMibOf, cpusOf } from '../launch/memory-layout'
import type { GuestResizables } from '../launch/resizables'
import type { QmpClient } from '../qmp/client'
import type { QmpVersion } from '../qmp/commands'
import { type GuestLanes, type GuestTree, guestTree } from './guest-tree'
import { corruptFiles } from './operations'
import { type PerformOptions, Recorder } from './recorder'
import { devicesOf } from './step'

export interface StartOptions extends GuestOptions {
  /** Default: what scripts/fetch-kernels.mjs has fetched. */
  readonly files?: GuestFiles
  /** Kernel modules to load before the agent greets, as `virtio_mem`; `virtio_pci?`: where it is a module. */
  readonly modules?: readonly string[]
  /** Milliseconds until the agent must have greeted. Default 180 000. */
  readonly bootTimeoutMs?: number
  /** Stops the start. Of no effect later. */
  readonly signal?: AbortSignal
}

/** What a script in the guest gave. */
export interface ScriptResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Devices of changing size, as a trace has them. */
const resizablesInTrace = (
  { devices, ports = 0 }: GuestResizables,
  {
    machine,
    qemu: { major, minor },
  }: { readonly machine: StartOptions['machine']; readonly qemu: QmpVersion['qemu'] },
): Pick<TraceMachine, 'virtio' | 'ports' | 'virtio_others' | 'virtio_kept'> => ({
  virtio: devices.map(({ id, maxMib, node, requestedMib, blockKib }) => ({
    id,
    max_mib: maxMib,
    node,
    requested_mib: requestedMib,
    block_kib: blockKib ?? null,
  })),
  ports,
  virtio_others: profileOf(machine).lineDevices.length,
  virtio_kept: major < 8 || (major === 8 && minor < 1),
})

/** A guest that runs, with its agent. */
export class Guest implements AsyncDisposable {
  readonly process: GuestProcess
  readonly tree: GuestTree
  /** The release of the kernel that runs in it. */
  readonly kernel: string
  readonly options: StartOptions
  readonly #lanes: GuestLanes
  readonly #cma: Readonly<Record<string, number>>
  readonly #recorder: Recorder
  #fills = 0

  constructor(
    process: GuestProcess,
    options: StartOptions,
    agent: {
      readonly lanes: GuestLanes
      readonly kernel: string
      readonly cma: Readonly<Record<string, number>>
    },
  ) {
    this.process = process
    this.options = options
    this.kernel = agent.kernel
    this.#cma = agent.cma
    this.#lanes = agent.lanes
    this.tree = guestTree(agent.lanes)
    this.#recorder = new Recorder({ qmp: process.qmp, lanes: agent.lanes }, options)
  }

  get qmp(): QmpClient {
    return this.process.qmp
  }

  /** How many uevents never arrived; 0 unless the guest sent more than it could deliver. */
  get missedUevents(): number {
    return this.#lanes.uevents.missed
  }

  /** Runs a script of busybox's ash in the guest. Writes and other scripts wait for it; reads do not. */
  async run(script: string): Promise<ScriptResult> {
    const request = `printf '%b' ${quoteText(script)} >/run/script; sh /run/script`
    const { status, stdout, stderr } = await this.#lanes.work.request(request)
    return { status, stdout: stdout.toString(), stderr }
  }

  /** The kernel's log. */
  async kernelLog(): Promise<string> {
    const { stdout } = await this.#lanes.query.request('dmesg')
    return stdout.toString()
  }

  /** What the guest says about its memory, in the form of recorded traces, in one round trip. */
  flatView(): Promise<Record<string, string>> {
    return this.#recorder.flatView()
  }

  /** Waits until devices of changing size have what they were asked to have as the guest booted. @throws as `perform` */
  comeToRest(): Promise<void> {
    return this.#recorder.comeToRest()
  }

  /** The memory devices that QEMU holds. */
  async devices(): Promise<readonly TraceDevice[]> {
    return devicesOf(await this.qmp.execute('query-memory-devices'))
  }

  /** Files of earlier fills that do not read as they were written: always none, unless the kernel is broken. */
  corruptFiles(): Promise<readonly string[]> {
    return corruptFiles({ qmp: this.qmp, lanes: this.#lanes })
  }

  /**
   * Carries out one operation, waits until the guest has come to rest, and records what changed since the step before;
   * that includes what was done through `tree` or `run` meanwhile.
   * What QEMU or the kernel refuses is a result.
   * @throws GuestError NOT_SETTLED, GUEST_GONE, GUEST_SILENT; the signal's reason
   */
  perform(operation: Operation, options: PerformOptions = {}): Promise<TraceStep> {
    return this.#recorder.perform(operation, options)
  }

  /** Plugs a DIMM. */
  plug(
    dimm: Pick<PlugOperation, 'id' | 'mib' | 'address' | 'slot'> & { readonly node?: number },
    options: PerformOptions = {},
  ): Promise<TraceStep> {
    return this.perform({ op: 'plug', node: 0, ...dimm }, options)
  }

  /** Asks the guest to let a device go. Whether it went is in the step's `devices`. */
  unplug(id: string, options: PerformOptions = {}): Promise<TraceStep> {
    return this.perform({ op: 'unplug', id }, options)
  }

  /** One write(2) to a file of the kernel. */
  write(path: string, value: string, options: PerformOptions = {}): Promise<TraceStep> {
    return this.perform({ op: 'write', path, value }, options)
  }

  /** Puts page cache on a node: a file of random bytes. The step's `op.file` is what `drop` takes. */
  fill(
    use: { readonly node: number; readonly mib: number; readonly policy?: FillPolicy },
    options: PerformOptions = {},
  ): Promise<TraceStep> {
    this.#fills += 1
    const file = `/mnt/f${this.#fills}/x`
    return this.perform({ op: 'fill', file, policy: 'prefer', ...use }, options)
  }

  /** Frees what a fill put there. */
  drop(file: string, options: PerformOptions = {}): Promise<TraceStep> {
    return this.perform({ op: 'drop', file }, options)
  }

  /** From now on the notifier for `MEM_GOING_ONLINE` or `MEM_GOING_OFFLINE` answers so; 0 heals it. */
  inject(
    fault: Pick<InjectOperation, 'event' | 'errno'>,
    options: PerformOptions = {},
  ): Promise<TraceStep> {
    return this.perform({ op: 'inject', ...fault }, options)
  }

  /** All steps so far, in the form of recorded traces. */
  trace(name: string): Trace {
    const { machine, memory, cmdline = '', modules = [], resizables } = this.options
    return {
      name,
      arch: machine,
      kernel: this.kernel,
      machine: {
        nodes_mib: memory.nodes.map(({ mib }) => mib),
        boot_mib: bootMibOf(memory),
        slots: memory.slots ?? 0,
        max_mib: memory.maxMib ?? bootMibOf(memory),
        cpus: cpusOf(memory).reduce((sum, count) => sum + count, 0),
        cmdline,
        ...(modules.some((module) => module.includes('error')) ? { faults: true } : {}),
        ...(Object.keys(this.#cma).length === 0 ? {} : { cma: this.#cma }),
        ...(resizables === undefined
          ? {}
          : resizablesInTrace(resizables, { machine, qemu: this.qmp.greeting.version.qemu })),
      },
      ...this.#recorder.recorded,
    }
  }

  /** Ends the guest. May be called twice. */
  stop(): Promise<GuestExit> {
    return this.process.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
