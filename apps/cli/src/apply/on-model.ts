import {
  type FileTree,
  isHotplugError,
  type Machine,
  type ResizableDevice,
  resizableOf,
  settle,
} from '@memhp/core'

import {
  type Execution,
  executePlan,
  type Plan,
  type PlanFile,
  requestFile,
  sizeFile,
} from '@memhp/planner'
import type { CliContext } from '../context'
import { describeSource, type SourceChoice } from '../source/choice'
import { type StudiedHost, type StudyWish, studyHost } from '../source/studied-host'
import { showProgress } from './progress'

/** A machine in this process that a plan is carried out on. */
export interface ModelTarget extends Pick<StudiedHost, 'topology'> {
  readonly name: string
  readonly carryOut: (file: PlanFile) => Promise<Execution>
}

/** The tree of a machine, with the files by which plans ask its hypervisor for other sizes. */
function resizableTree(machine: Machine): FileTree {
  const { tree } = machine
  const devices = (): readonly ResizableDevice[] => {
    try {
      return resizableOf(machine).plugged(machine)
    } catch (error) {
      if (isHotplugError(error)) return []
      throw error
    }
  }
  const at = (path: string, file: (name: string) => string): ResizableDevice | undefined =>
    devices().find(({ name }) => name !== null && path === file(name))
  return {
    read: (path) => {
      const device = at(path, sizeFile)
      return device === undefined ? tree.read(path) : `${device.sizeBytes}\n`
    },
    write: (path, text) => {
      const device = at(path, requestFile)
      if (device === undefined) return tree.write(path, text)
      resizableOf(machine).resize(machine, { id: device.id, bytes: Number(text) })
      settle(machine)
      return undefined
    },
    list: (path) => tree.list(path),
    readlink: (path) => tree.readlink(path),
    lookup: (path) => tree.lookup(path),
  }
}

/** What a hypervisor is asked for now, where a plan changes it. */
function withUndo(plan: Plan, machine: Machine): Plan {
  const asked = (name: string): number | undefined =>
    resizableOf(machine)
      .plugged(machine)
      .find((device) => device.name === name)?.requestedBytes
  const steps = plan.steps.map((step) => {
    if (step.kind !== 'resize' || step.undo !== null) return step
    const bytes = asked(step.name)
    return bytes === undefined ? step : { ...step, undo: { path: step.path, text: `${bytes}` } }
  })
  return { ...plan, steps }
}

/** The twin of a capture, or the machine of a scenario. It ends with this process, and so needs neither journal nor consent. */
export async function openModel(
  choice: SourceChoice,
  wish: StudyWish,
  context: CliContext,
): Promise<ModelTarget> {
  const { topology, build } = await studyHost(choice, wish, context)
  return {
    topology,
    name: `the model of ${describeSource(choice)}`,
    carryOut: async ({ plan }) => {
      const { machine } = await build()
      return executePlan(resizableTree(machine), withUndo(plan, machine), {
        signal: context.interruptSignal(),
        onProgress: showProgress(plan, context),
        settle: () => {
          settle(machine)
          return 'enough'
        },
      })
    },
  }
}
