import { blockFile, MEMORY_DIRECTORY, nodeFile } from '@memhp/kernel-files'
import {
  type Execution,
  executePlan,
  type PlanFile,
  planRemoval,
  type RemovalGoal,
} from '@memhp/planner'
import { type Guest, type GuestFiles, startGuest } from '@memhp/qemu'
import { idsIn, readTopology } from '@memhp/topology'
import { patientRun } from '../apply/patient-run'
import type { Target } from '../apply/target'
import type { CliContext } from '../context'
import type { GuestShape, ShapedDimm } from './shape'

/** What became of a plan on a real kernel. */
export interface Trial {
  readonly kernel: string
  readonly execution: Execution
  /** Blocks of the guest by those of the host that they stand for. */
  readonly blocks: ReadonlyMap<number, number>
  /** The last lines of its kernel's log. */
  readonly log: readonly string[]
}

const IDLE_MS = 20_000
const POLL_MS = 500
const LINES_OF_LOG = 12
/** MiB of a node that stay free of page cache. */
const ROOM_MIB = 160
const MIB = 2 ** 20

const blocksIn = async ({ tree }: Guest): Promise<readonly number[]> =>
  idsIn(await tree.list(MEMORY_DIRECTORY), 'memory')

/** Plugs a DIMM, and brings its blocks to the zones that those of the host are in. @returns its blocks */
async function plug(guest: Guest, dimm: ShapedDimm, blockMib: number): Promise<readonly number[]> {
  const before = new Set(await blocksIn(guest))
  // What does not go is a block larger, so that the plan does not cover all of it.
  const count = dimm.blocks.length + (dimm.goes ? 0 : 1)
  await guest.plug({ id: dimm.id, mib: count * blockMib, node: dimm.node })
  const added = (await blocksIn(guest)).filter((id) => !before.has(id))
  for (const [at, id] of added.entries()) {
    const path = blockFile(id, 'state')
    if ((await guest.tree.read(path)).trim() === 'online') await guest.tree.write(path, 'offline')
    const word = dimm.blocks[at]?.word ?? null
    if (word !== null) await guest.tree.write(path, word)
  }
  return added
}

/** Page cache on the nodes that the plan's blocks are on, as much as those hold that has to move. */
async function fill(guest: Guest, { plan }: PlanFile, { blockMib }: GuestShape): Promise<void> {
  const scale = (blockMib * MIB) / plan.blockBytes
  const wanted = new Map<number, number>()
  for (const { nodes, holdings } of plan.blocks) {
    const mib = ((holdings?.movable ?? 0) * plan.pageBytes * scale) / MIB
    wanted.set(nodes[0] ?? 0, (wanted.get(nodes[0] ?? 0) ?? 0) + mib)
  }
  for (const [node, mib] of wanted) {
    const { stdout } = await guest.run(
      `awk '/MemFree/ { print int($4 / 1024) }' ${nodeFile(node, 'meminfo')}`,
    )
    const size = Math.floor(Math.min(mib, Number(stdout) - ROOM_MIB))
    if (size < 1) continue
    await guest.run(
      `mkdir -p /mnt/n${node} && mount -t tmpfs -o mpol=prefer:${node},size=${size + 8}M z /mnt/n${node} && dd if=/dev/zero of=/mnt/n${node}/x bs=1048576 count=${size} status=none`,
    )
  }
}

/** Blocks of the guest that stand for those of the host. */
async function shaped(guest: Guest, shape: GuestShape): Promise<ReadonlyMap<number, number>> {
  const blocks = new Map<number, number>()
  const own = await blocksIn(guest)
  let first = own.length - shape.boot.flat().length
  for (const { id } of shape.boot.flat()) {
    const stands = own[first]
    first += 1
    if (stands !== undefined) blocks.set(id, stands)
  }
  for (const dimm of shape.dimms) {
    const added = await plug(guest, dimm, shape.blockMib)
    for (const [at, { id }] of dimm.blocks.entries()) {
      const stands = added[at]
      if (stands !== undefined) blocks.set(id, stands)
    }
  }
  return blocks
}

const targetOf = (guest: Guest): Target => ({
  spec: { kind: 'host' },
  name: 'the guest',
  tree: guest.tree,
  study: async () => readTopology(guest.tree),
  checkWritable: async () => {},
  onWriter: () => {},
  waitsIn: async () => undefined,
  kernelLog: async () => (await guest.kernelLog()).trimEnd().split('\n'),
  close: async () => {},
})

async function carryOut(guest: Guest, goal: RemovalGoal, context: CliContext): Promise<Execution> {
  const plan = planRemoval(await readTopology(guest.tree), goal)
  const patience = { idleMs: IDLE_MS, whenStuck: 'stop', pollMs: POLL_MS } as const
  const interrupt = context.interruptSignal()
  const { tree, options } = patientRun(targetOf(guest), plan, { patience, context, interrupt })
  return executePlan(tree, plan, options)
}

/** Boots a guest that is shaped like the host of a plan, and carries the plan out on it. @throws GuestError; the signal's reason */
export async function tryPlan(
  file: PlanFile,
  {
    shape,
    files,
    qemu,
  }: { readonly shape: GuestShape; readonly files: GuestFiles; readonly qemu?: string },
  context: CliContext,
): Promise<Trial> {
  const { boot, dimms, blockMib, machine, movable } = shape
  const nodes = boot.map((blocks, node) => ({
    mib: Math.max(node === 0 ? 4 : 0, blocks.length) * blockMib,
  }))
  const pluggedMib = dimms.reduce((sum, dimm) => sum + (dimm.blocks.length + 1) * blockMib, 0)
  const bootMib = nodes.reduce((sum, { mib }) => sum + mib, 0)
  await using guest = await startGuest({
    machine,
    files,
    memory: { nodes, slots: Math.max(1, dimms.length), maxMib: 2 * (bootMib + pluggedMib) + 1024 },
    cmdline: movable === 0 ? '' : `movablecore=${movable * blockMib}M`,
    signal: context.interruptSignal(),
    ...(qemu === undefined ? {} : { qemu }),
  })
  await guest.run(`echo offline >${MEMORY_DIRECTORY}/auto_online_blocks`)
  const blocks = await shaped(guest, shape)
  await fill(guest, file, shape)
  const ids = file.plan.blocks.flatMap(({ id }) => blocks.get(id) ?? [])
  const execution = await carryOut(guest, { kind: 'blocks', blocks: ids }, context)
  const log = (await guest.kernelLog()).trimEnd().split('\n').slice(-LINES_OF_LOG)
  return { kernel: guest.kernel, execution, blocks, log }
}
