import { blockId, type Machine, restoreSnapshot, type Snapshot, takeSnapshot } from '@memhp/core'
import type { RemovalGoal } from '@memhp/planner'
import { topologyOf } from '@memhp/rehearsal'
import type { Topology } from '@memhp/topology'
import type { OutlookView } from '../protocol/machine-view'
import type { Calls, CellsView, Elsewhere, Opened, Source } from '../protocol/messages'
import type { TableRow } from '../protocol/table-rows'
import type { PlanView, Timeline } from '../protocol/timeline'
import { cellsOfBlock } from './cells'
import { firstMachine, hugeMachine } from './first-machine'
import { machineView, type Story } from './opened-machine'
import { outlookView, type TellShare } from './outlook'
import { goalOf, planView } from './plan-view'
import type { Recorder } from './recorder'
import { planOn, recordRemoval } from './removal'

const BUILT_IN: Readonly<Record<string, (kernel?: string) => Story>> = {
  first: (kernel) => ({
    machine: firstMachine(kernel),
    said: {
      title: 'Three nodes, two memory devices',
      about:
        'Node 2 is one memory device and nothing else: it can go. The device on node 1 was brought online for the kernel, which has a page on it: it cannot.',
      goal: { kind: 'node', node: 2 },
    },
    timeline: null,
    recorder: null,
  }),
  huge: () => ({
    machine: hugeMachine(),
    said: {
      title: '64 TiB',
      about: 'Sixteen nodes of 4 TiB, 524,288 memory blocks of 128 MiB.',
      goal: null,
    },
    timeline: null,
    recorder: null,
  }),
}

async function openStory(source: Source, kernel: string | undefined): Promise<Story> {
  if (source.kind === 'file') {
    const { openFile } = await import('./open-file')
    return openFile(source, kernel)
  }
  const build = BUILT_IN[source.scene]
  if (build === undefined) throw new Error(`No machine is called “${source.scene}”.`)
  return build(kernel)
}

/** The machine of the page: opened once at a time, put back before each removal. */
export class ModelSession {
  #machine: Machine | null = null
  #start: Snapshot | null = null
  #topology: Promise<Topology> | null = null
  #recorder: Recorder | null = null
  #retell: Story['retell']

  async open({ source, kernel }: Calls['open']['ask']): Promise<Opened> {
    return this.#show(await openStory(source, kernel))
  }

  async retell({ fault }: Calls['retell']['ask']): Promise<Opened> {
    if (this.#retell === undefined) throw new Error('Nothing of this can be made to fail.')
    return this.#show(await this.#retell(fault))
  }

  async #show({ machine, said, timeline, recorder, retell }: Story): Promise<Opened> {
    this.#machine = machine
    this.#start = takeSnapshot(machine)
    this.#topology = null
    this.#recorder = recorder
    this.#retell = retell
    const view = await machineView(machine, said, () => this.#topologyAtStart(machine))
    return { machine: view, timeline }
  }

  /** What can go of a machine that is opened for that alone. */
  async outlook({ source }: Calls['outlook']['ask'], tell: TellShare): Promise<OutlookView> {
    const { machine } = await openStory(source, undefined)
    return outlookView(machine, (onBlock) => topologyOf(machine, { onBlock }), tell)
  }

  /** A removal on a machine of another architecture that is like one. */
  async elsewhere({ source, arch, goal }: Calls['elsewhere']['ask']): Promise<Elsewhere> {
    const { machine: first } = await openStory(source, undefined)
    const { likeMachine } = await import('./like-machine')
    const { machine, counterparts } = likeMachine(first, arch)
    const plan = planOn(first, await topologyOf(first), goalOf(goal))
    const blocks = counterparts(plan.blocks.map(({ id }) => id))
    const like: RemovalGoal = { kind: 'blocks', blocks: blocks.map(blockId) }
    const { timeline } = await recordRemoval(machine, await topologyOf(machine), like, null)
    const { generation, geometry } = machine
    return { arch, kernel: generation.name, blockBytes: geometry.blockBytes, timeline }
  }

  async plan({ goal }: Calls['plan']['ask']): Promise<PlanView> {
    const machine = this.#fresh()
    return planView(planOn(machine, await this.#topologyAtStart(machine), goalOf(goal)))
  }

  async remove({ goal, fault }: Calls['remove']['ask']): Promise<Timeline> {
    const machine = this.#fresh()
    const topology = await this.#topologyAtStart(machine)
    const { timeline, recorder } = await recordRemoval(machine, topology, goalOf(goal), fault)
    this.#recorder = recorder
    return timeline
  }

  tables({ region, moment, open }: Calls['tables']['ask']): readonly TableRow[] | null {
    return this.#recorder?.tables[region].rows(moment, open) ?? null
  }

  cells({ block, frame }: Calls['cells']['ask']): CellsView | null {
    if (this.#machine === null) return null
    const cells = this.#recorder?.cells(block, frame) ?? cellsOfBlock(this.#machine, block)
    const columns = 2 ** Math.ceil(Math.log2(Math.sqrt(cells.length)))
    return { cells: cells.slice(), columns }
  }

  /** Read once: 524,288 blocks take many seconds. @param machine as it was opened */
  #topologyAtStart(machine: Machine): Promise<Topology> {
    this.#topology ??= topologyOf(machine)
    return this.#topology
  }

  /** The machine as it was opened. */
  #fresh(): Machine {
    if (this.#machine === null || this.#start === null) throw new Error('Open a machine first.')
    restoreSnapshot(this.#machine, this.#start)
    return this.#machine
  }
}
