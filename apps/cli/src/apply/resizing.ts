import { setTimeout as sleep } from 'node:timers/promises'
import { HotplugError, rangesOverlap } from '@memhp/core'
import {
  holdingsOf,
  predictBlock,
  REASONS,
  type ResizeStep,
  requestFile,
  resizablesOf,
  sizeFile,
} from '@memhp/planner'
import type { MemoryDeviceInfo, VirtioMemInfo } from '@memhp/qemu'
import type { BlockInfo, Topology } from '@memhp/topology'
import { CliError, EXIT } from '../errors'
import { plural } from '../report/page-style'
import { formatSize } from '../text/size'
import type { Monitor } from './monitor'
import type { Target } from './target'

const LOOK_MS = 200

/** Why blocks stay, as far as the guest shows it, with how many do so. */
function stays(topology: Topology, blocks: readonly BlockInfo[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const block of blocks) {
    const { outcome, reasons } = predictBlock(topology, block, holdingsOf(topology, block))
    // What is withheld was given back in part: the rest of the block is what stays.
    const reason = reasons.find(({ kind }) => kind !== 'withheld')
    if (outcome === 'goes' || outcome === 'already-offline' || reason === undefined) continue
    const title = REASONS[reason.kind].title
    counts.set(title, (counts.get(title) ?? 0) + 1)
  }
  return [...counts].map(([title, count]) => `${plural(count, 'block')} held by ${title}`)
}

/** Devices of a QEMU whose sizes are changed by the files that plans name. */
export class Resizing {
  readonly #monitor: Monitor
  readonly #inside: Target
  /** Ids of QEMU by the names of the guest's kernel. */
  readonly #ids = new Map<string, string>()
  /** What is being changed. */
  #name: string | undefined
  #size: number | undefined

  constructor(monitor: Monitor, inside: Target) {
    this.#monitor = monitor
    this.#inside = inside
  }

  /**
   * The step as QEMU carries it out: with what the device has, and is asked for.
   * @throws CliError where QEMU has no such device there, or would not take the size
   */
  prepared(step: ResizeStep, devices: readonly MemoryDeviceInfo[]): ResizeStep {
    const { name, toBytes } = step
    const device = devices
      .flatMap(({ type, data }) => (type === 'virtio-mem' ? [data] : []))
      .find((each) =>
        rangesOverlap({ start: each.memaddr, end: each.memaddr + each['max-size'] }, step.range),
      )
    if (device?.id === undefined)
      throw new CliError(`QEMU has no virtio-mem device with an id where ${name} is`, {
        exitCode: EXIT.refused,
        remedy:
          'name the monitor of that guest; a device has to have an id: -device virtio-mem-pci,id=…',
      })
    const block = device['block-size']
    if (toBytes % block > 0 || toBytes > device['max-size'])
      throw new CliError(
        `${name} (${device.id}) takes multiples of ${formatSize(block)} up to ${formatSize(device['max-size'])}, not ${formatSize(toBytes)}`,
        { exitCode: EXIT.refused },
      )
    this.#ids.set(name, device.id)
    // A journal knows what was asked for before it was begun.
    if (step.undo !== null) return step
    const undo = { path: requestFile(name), text: `${device['requested-size']}` }
    return { ...step, fromBytes: device.size, undo }
  }

  /** What a file of a device reads; undefined for other paths. */
  async read(path: string): Promise<string | undefined> {
    const device = this.#at(path, sizeFile)
    return device === undefined ? undefined : `${(await this.#look(device.id)).size}\n`
  }

  /**
   * Asks for another size, and waits until the guest has it.
   * @returns false for paths of something else
   * @throws HotplugError EINTR where it is stopped: what is plugged then is what is asked for
   */
  async write(path: string, text: string, signal?: AbortSignal): Promise<boolean> {
    const device = this.#at(path, requestFile)
    if (device === undefined) return false
    const { name, id } = device
    const wanted = Number(text)
    this.#name = name
    try {
      await this.#ask(id, wanted)
      for (;;) {
        const { size } = await this.#look(id)
        this.#size = size
        if (size === wanted) return true
        if (signal?.aborted) {
          await this.#ask(id, size)
          const message = `${name} has ${formatSize(size)} of ${formatSize(wanted)}`
          throw new HotplugError('OFFLINE_STALLED', 'EINTR', message)
        }
        await sleep(LOOK_MS, undefined, signal === undefined ? {} : { signal }).catch(() => {})
      }
    } finally {
      this.#name = undefined
    }
  }

  /** Changes as long as the guest gets on; undefined where nothing is asked of it. */
  progress(): number | undefined {
    return this.#name === undefined ? undefined : this.#size
  }

  /** What of a device stays, and why, as the guest shows it; undefined where nothing is asked of one. */
  async whyStuck(): Promise<string | undefined> {
    const [name, size] = [this.#name, this.#size]
    if (name === undefined || size === undefined) return undefined
    const topology = await this.#inside.study()
    const device = resizablesOf(topology).find((each) => each.name === name)
    const has = `${name} has ${formatSize(size)}`
    if (device === undefined)
      return `${has}, and the guest shows no such device: has it the driver?`
    return [has, ...stays(topology, device.blocks)].join('; ')
  }

  #at(
    path: string,
    file: (name: string) => string,
  ): { readonly name: string; readonly id: string } | undefined {
    for (const [name, id] of this.#ids) if (path === file(name)) return { name, id }
    return undefined
  }

  async #look(id: string): Promise<VirtioMemInfo> {
    const devices = await this.#monitor.execute('query-memory-devices')
    const found = devices.flatMap(({ type, data }) =>
      type === 'virtio-mem' && data.id === id ? [data] : [],
    )
    if (found[0] !== undefined) return found[0]
    throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `QEMU has no ${id} any more.`)
  }

  async #ask(id: string, bytes: number): Promise<void> {
    const path = `/machine/peripheral/${id}`
    await this.#monitor.execute('qom-set', { path, property: 'requested-size', value: bytes })
  }
}
