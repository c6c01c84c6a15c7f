import { setTimeout as sleep } from 'node:timers/promises'
import { rangesOverlap } from '@memhp/core'
import { blockDirectory } from '@memhp/kernel-files'
import type { Plan, PlanStep } from '@memhp/planner'
import type { DimmInfo } from '@memhp/qemu'
import { CliError, EXIT } from '../errors'
import type { Monitor } from './monitor'
import { PLUG_AGAIN } from './progress'
import { qmpResizer } from './qmp-resizer'
import { Resizing, withResizing } from './resizing'
import type { Target } from './target'

type RemoveStep = Extract<PlanStep, { kind: 'remove' }>

/** What plugs DIMMs again: the text of a write to `PLUG_AGAIN`. */
interface Again {
  readonly devices: readonly {
    readonly id: string
    readonly memdev: string
    readonly node: number
    readonly slot: number
    readonly addr: number
  }[]
  /** What plugs them again instead, where another owns them. */
  readonly owned?: readonly string[]
  readonly blocks: readonly number[]
}

const BACK_MS = 60_000
const LOOK_MS = 200

const keyOf = ({ path, text }: Pick<RemoveStep, 'path' | 'text'>): string => `${path}\n${text}`

/** Removals through QEMU's monitor, which can be taken back by it, and other sizes of devices. */
class Removals {
  readonly #monitor: Monitor
  readonly #inside: Target
  /** The DIMMs that a write of the plan removes, as they are plugged again. */
  readonly #removals = new Map<string, Again>()
  readonly resizing: Resizing
  #refusal: string | undefined

  constructor(monitor: Monitor, inside: Target) {
    this.#monitor = monitor
    this.#inside = inside
    this.resizing = new Resizing(qmpResizer(monitor), inside)
  }

  /** Why the guest does not let go of what was asked for last; undefined where it has not said so. */
  readonly refusal = (): string | undefined => this.#refusal

  /**
   * The plan with its removals as QEMU carries them out: a device that goes can be plugged again, as long as its backend is there.
   * @throws CliError where a removal would take an NVDIMM, and for a size that a device cannot have
   */
  readonly prepare = async (plan: Plan): Promise<Plan> => {
    this.#monitor.onRefused((why) => {
      this.#refusal = why
    })
    const found = await this.#monitor.execute('query-memory-devices')
    const nvdimms = found.flatMap(({ type, data }) => (type === 'nvdimm' ? [data] : []))
    const dimms = found.flatMap(({ type, data }) => (type === 'dimm' ? [data] : []))
    const prepared = async (step: PlanStep): Promise<PlanStep> => {
      if (step.kind === 'resize') return this.resizing.prepared(step)
      if (step.kind !== 'remove') return step
      if (step.undo?.path === PLUG_AGAIN) return this.#known(step, step.undo.text)
      const left = dimmsIn(step, nvdimms)
      if (left.length > 0)
        throw new CliError(`${step.name} is an NVDIMM (${left[0]?.id}), which is left alone`, {
          exitCode: EXIT.refused,
        })
      return this.#prepared(step, dimmsIn(step, dimms))
    }
    return { ...plan, steps: await Promise.all(plan.steps.map(prepared)) }
  }

  #known(step: RemoveStep, text: string): RemoveStep {
    this.#removals.set(keyOf(step), JSON.parse(text) as Again)
    return step
  }

  async #prepared(step: RemoveStep, dimms: readonly DimmInfo[]): Promise<RemoveStep> {
    const bytes = step.ranges.reduce((sum, { start, end }) => sum + end - start, 0)
    const covered = dimms.reduce((sum, { size }) => sum + size, 0)
    // A part of a DIMM goes by the guest's kernel alone.
    if (dimms.length === 0 || bytes !== covered) return step
    const devices = dimms.flatMap(({ id, memdev, node, slot, addr }) =>
      id === undefined
        ? []
        : [{ id, memdev: memdev.replace(/^\/objects\//, ''), node, slot, addr }],
    )
    if (devices.length < dimms.length) return step
    const owned = await this.#monitor.owned?.describe(devices.map(({ id }) => id))
    const again: Again = {
      devices,
      ...(owned === undefined ? {} : { owned }),
      blocks: step.blocks,
    }
    this.#removals.set(keyOf(step), again)
    return { ...step, undo: { path: PLUG_AGAIN, text: JSON.stringify(again) } }
  }

  readonly write: Target['tree']['write'] = async (path, text, options) => {
    this.#refusal = undefined
    if (path === PLUG_AGAIN) {
      await this.#plugAgain(JSON.parse(text) as Again)
      return
    }
    const removal = this.#removals.get(keyOf({ path, text }))
    if (removal === undefined) {
      await this.#inside.tree.write(path, text, options)
      return
    }
    for (const { id } of removal.devices) await this.#monitor.execute('device_del', { id })
  }

  /** A device that is there was plugged by a run that was killed before it could say so: its blocks may still be coming. */
  async #plugAgain({ devices, owned, blocks }: Again): Promise<void> {
    const found = await this.#monitor.execute('query-memory-devices')
    const there = new Set(found.map(({ data }) => data.id))
    const missing = devices.flatMap((device, at) =>
      there.has(device.id) ? [] : [{ device, description: owned?.[at] }],
    )
    for (const { device, description } of missing) {
      if (description !== undefined) await this.#monitor.owned?.plug(description)
      else await this.#monitor.execute('device_add', { driver: 'pc-dimm', ...device })
    }
    const { tree } = this.#inside
    for (let left = BACK_MS; left > 0; left -= LOOK_MS) {
      const directories = await Promise.all(
        blocks.map(async (block) => tree.lookup(blockDirectory(block))),
      )
      if (directories.every((entry) => entry !== undefined)) return
      await sleep(LOOK_MS)
    }
  }
}

/** DIMMs of which a step removes the memory. */
const dimmsIn = ({ ranges }: RemoveStep, dimms: readonly DimmInfo[]): readonly DimmInfo[] =>
  dimms.filter(({ addr, size }) =>
    ranges.some((range) => rangesOverlap(range, { start: addr, end: addr + size })),
  )

/**
 * Has QEMU's monitor carry out the removals of a guest that is reached otherwise, and change the sizes of its devices: what it says of
 * them is heard, and what went can be plugged again.
 */
export function withMonitor<T extends Target>(inside: T, monitor: Monitor): T {
  const removals = new Removals(monitor, inside)
  const resizing = withResizing(
    { ...inside, tree: { ...inside.tree, write: removals.write } },
    removals.resizing,
  )
  return {
    ...resizing,
    name: `${inside.name}, a guest of ${monitor.name}`,
    prepare: removals.prepare,
    refusal: removals.refusal,
    close: async () => {
      await monitor.close()
      await inside.close()
    },
  }
}
