import { setTimeout as sleep } from 'node:timers/promises'
import { HotplugError, type PhysRange } from '@memhp/core'
import {
  holdingsOf,
  predictBlock,
  REASONS,
  type ResizeStep,
  requestFile,
  resizablesOf,
  sizeFile,
} from '@memhp/planner'
import type { BlockInfo, Topology } from '@memhp/topology'
import { CliError, EXIT } from '../errors'
import { plural } from '../report/page-style'
import { formatSize } from '../text/size'
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

/** A device whose size is changed, as its hypervisor sees it. Bytes. */
export interface HypervisorDevice {
  readonly id: string
  readonly sizeBytes: number
  readonly requestedBytes: number
  readonly mostBytes: number
  /** Sizes are multiples of it. */
  readonly blockBytes: number
}

/** What changes sizes of devices. Refusals are HotplugErrors, and one that is gone is `Lost`. */
export interface Resizer {
  /** As messages name it. */
  readonly name: string
  /** The device of a range of addresses that the guest calls by this name. @throws CliError where there is none */
  deviceAt(range: PhysRange, name: string): Promise<HypervisorDevice>
  /** @throws HotplugError NO_SUCH_DEVICE */
  look(id: string): Promise<HypervisorDevice>
  ask(id: string, bytes: number): Promise<void>
}

/** Devices whose sizes are changed by the files that plans name. */
export class Resizing {
  readonly #resizer: Resizer
  readonly #inside: Target
  /** The hypervisor's ids by the names of the guest's kernel. */
  readonly #ids = new Map<string, string>()
  /** What is being changed. */
  #name: string | undefined
  #size: number | undefined

  constructor(resizer: Resizer, inside: Target) {
    this.#resizer = resizer
    this.#inside = inside
  }

  /**
   * The step as the hypervisor carries it out: with what the device has, and is asked for.
   * @throws CliError where it has no such device there, or would not take the size
   */
  async prepared(step: ResizeStep): Promise<ResizeStep> {
    const { name, toBytes, range } = step
    const { id, blockBytes, mostBytes, requestedBytes, sizeBytes } = await this.#resizer.deviceAt(
      range,
      name,
    )
    if (toBytes % blockBytes > 0 || toBytes > mostBytes)
      throw new CliError(
        `${name} (${id}) takes multiples of ${formatSize(blockBytes)} up to ${formatSize(mostBytes)}, not ${formatSize(toBytes)}`,
        { exitCode: EXIT.refused },
      )
    this.#ids.set(name, id)
    // A journal knows what was asked for before it was begun.
    if (step.undo !== null) return step
    const undo = { path: requestFile(name), text: `${requestedBytes}` }
    return { ...step, fromBytes: sizeBytes, undo }
  }

  /** What a file of a device reads; undefined for other paths. */
  async read(path: string): Promise<string | undefined> {
    const device = this.#at(path, sizeFile)
    return device === undefined ? undefined : `${(await this.#resizer.look(device.id)).sizeBytes}\n`
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
      await this.#resizer.ask(id, wanted)
      for (;;) {
        const { sizeBytes: size } = await this.#resizer.look(id)
        this.#size = size
        if (size === wanted) return true
        if (signal?.aborted) {
          await this.#resizer.ask(id, size)
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
}

/** The same machine, whose devices a hypervisor gives other sizes. */
export const withResizing = <T extends Target>(inside: T, resizing: Resizing): T => ({
  ...inside,
  tree: {
    ...inside.tree,
    read: async (path) => (await resizing.read(path)) ?? inside.tree.read(path),
    write: async (path, text, options) => {
      if (await resizing.write(path, text, options?.signal)) return
      await inside.tree.write(path, text, options)
    },
  } satisfies Target['tree'],
  checkWritable: ({ steps }: Parameters<Target['checkWritable']>[0]) =>
    inside.checkWritable({ steps: steps.filter(({ kind }) => kind !== 'resize') }),
  progress: () => resizing.progress(),
  whyStuck: () => resizing.whyStuck(),
})
