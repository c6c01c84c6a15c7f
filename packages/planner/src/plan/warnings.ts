import { formatExactSize, formatNumberList } from '@memhp/kernel-files'
import {
  type BlockInfo,
  type DeviceInfo,
  type Dialects,
  driverManagedMemory,
  isCalledUnremovable,
  onlinesByItself,
  type Topology,
} from '@memhp/topology'
import type { RemovalGoal } from '../goal/goal'
import type { Target } from '../goal/target'
import { poisonedIn } from '../predict/holdings'
import { kernelOf } from '../predict/kernel'
import type { PlanWarning } from './plan'

const count = (number: number, thing: string): string =>
  `${number} ${thing}${number === 1 ? '' : 's'}`

function listed(blocks: readonly { readonly id: number }[]): string {
  const [first] = blocks
  return blocks.length === 1 ? `memory${first?.id}` : `${blocks.length} blocks`
}

/** Finds those of some blocks that belong to a device, ascending. */
function blockFinder(blocks: readonly BlockInfo[]): (device: DeviceInfo) => readonly BlockInfo[] {
  const byId = new Map(blocks.map((block) => [block.id, block]))
  return (device) => device.blocks.flatMap((id) => byId.get(id) ?? [])
}

const itOrThem = ({ length }: readonly BlockInfo[]): string => (length === 1 ? 'it' : 'them')
const itIs = ({ length }: readonly BlockInfo[]): string => (length === 1 ? 'it is' : 'they are')

/** That blocks stay plugged. Whether they go offline is a matter of their predictions, and not said here. */
const staysText = (blocks: readonly BlockInfo[], because: string): string =>
  `${listed(blocks)} cannot be removed even when ${itIs(blocks)} offline: ${because}.`

/** Blocks that stay plugged: they are not a whole device, or no device at all. */
function stayingMemory(topology: Topology, target: Target): readonly PlanWarning[] {
  const ejected = new Set(target.devices.flatMap(({ blocks }) => blocks))
  const staying = target.blocks.filter(({ id }) => !ejected.has(id))
  const blocksOf = blockFinder(staying)
  const warnings: PlanWarning[] = []
  for (const device of topology.devices) {
    const touched = blocksOf(device)
    if (touched.length === 0) continue
    warnings.push({ kind: 'device-stays', message: whyDeviceStays(device, touched) })
  }
  const owned = new Set(topology.devices.flatMap(({ blocks }) => blocks))
  const others = staying.filter(({ id }) => !owned.has(id))
  const boot: BlockInfo[] = []
  const byDriver = new Map<string, BlockInfo[]>()
  for (const block of others) {
    const owner = driverManagedMemory(topology, block)
    if (owner === undefined) boot.push(block)
    else {
      const name = `${owner.device ?? 'a device'}, whose driver is ${owner.driver}`
      const blocks = byDriver.get(name)
      if (blocks === undefined) byDriver.set(name, [block])
      else blocks.push(block)
    }
  }
  for (const [name, blocks] of byDriver) {
    const message = `Only the driver can remove ${listed(blocks)}: ${itIs(blocks)} memory of ${name}.`
    warnings.push({ kind: 'memory-stays', message })
  }
  if (boot.length > 0) {
    const because = `no device that can be removed owns ${itOrThem(boot)}`
    warnings.push({ kind: 'memory-stays', message: staysText(boot, because) })
  }
  return warnings
}

function whyDeviceStays(device: DeviceInfo, touched: readonly BlockInfo[]): string {
  const missing = device.blocks.length - touched.length
  const part =
    missing > 0
      ? `${itIs(touched)} ${touched.length} of the ${device.blocks.length} blocks of ${device.name}, which goes as a whole`
      : `the kernel has no file that asks for ${device.name}`
  return staysText(touched, part)
}

function stayingNode(
  topology: Topology,
  goal: RemovalGoal,
  target: Target,
): readonly PlanWarning[] {
  if (goal.kind !== 'node') return []
  const node = topology.nodes.find(({ id }) => id === goal.node)
  const ejected = new Set(target.devices.flatMap(({ blocks }) => blocks))
  const left = target.blocks.filter(({ id }) => !ejected.has(id))
  const cpus = node?.cpus?.length ?? 0
  const because = [
    ...(cpus > 0 ? [`it has ${count(cpus, 'CPU')}`] : []),
    ...(left.length > 0 ? [`${count(left.length, 'block')} of it cannot be removed`] : []),
  ]
  if (because.length === 0) return []
  const message = `Node ${goal.node} stays: ${because.join(', and ')}.`
  return [{ kind: 'node-stays', message }]
}

/**
 * Nodes whose last online memory goes. Source: cpuset_hotplug_workfn, mpol_rebind_task 6.1; findings/linux-bind-policy-lost-by-offline.sh,
 * linux-cpuset-thrown-out-by-offline.sh.
 */
function emptiedNodes({ blocks, nodes }: Topology, target: Target): readonly PlanWarning[] {
  const going = new Set(target.blocks.filter(isOnline).map(({ id }) => id))
  const emptied = nodes.filter(({ id }) => {
    const online = blocks.filter((block) => isOnline(block) && block.nodes.includes(id))
    return online.length > 0 && online.every((block) => going.has(block.id))
  })
  if (emptied.length === 0 || nodes.length < 2) return []
  const ids = formatNumberList(emptied.map(({ id }) => id))
  const [are, them] = emptied.length === 1 ? [`Node ${ids} is`, 'it'] : [`Nodes ${ids} are`, 'them']
  const message =
    `${are} left without memory online: processes bound to ${them} (numactl -m, mbind) are bound to other nodes, and stay so when the ` +
    `memory comes back; those in a cpuset of cgroup v1 that has no other node leave it, and may run on all CPUs of the group above.`
  return [{ kind: 'node-emptied', message }]
}

const isOnline = ({ state }: BlockInfo): boolean => state === 'online' || state === 'going-offline'

function devicesInTwoZones(target: Target): readonly PlanWarning[] {
  const blocksOf = blockFinder(target.blocks)
  return target.devices.flatMap((device): readonly PlanWarning[] => {
    const zones = new Set(
      blocksOf(device).flatMap(({ zones: z }) => (z.kind === 'in' ? [z.name] : [])),
    )
    if (zones.size < 2 || !zones.has('Movable')) return []
    const message =
      `${device.name} lies in ${[...zones].join(' and ')}. Do not remove it by hand: after a refusal the kernel ` +
      'puts its blocks online by the default policy, which may bring Movable blocks back in a kernel zone. ' +
      'This plan takes them offline one by one and puts them back where they were.'
    return [{ kind: 'two-zones', message }]
  })
}

function policyWarnings(
  topology: Topology,
  target: Target,
  dialects: Dialects | undefined,
): readonly PlanWarning[] {
  const { autoOnlineBlocks, onlinePolicy } = topology.policy
  const byItself = onlinesByItself(target.devices, dialects)
  if (byItself !== undefined) return [{ kind: 'comes-online-by-itself', message: byItself }]
  if (target.devices.length === 0 || autoOnlineBlocks === null || autoOnlineBlocks === 'offline') {
    return []
  }
  const movableNode = topology.kernelParameters.some(({ name }) => name === 'movable_node')
  if (autoOnlineBlocks === 'online' && !movableNode && onlinePolicy !== 'auto-movable') {
    const message =
      'auto_online_blocks reads “online”: memory that is plugged again goes to a kernel zone where none of ' +
      'its node’s Movable memory touches it, and can then hardly be removed. “online_movable” keeps it removable.'
    return [{ kind: 'comes-back-elsewhere', message }]
  }
  const message = `auto_online_blocks reads “${autoOnlineBlocks}”: memory that is plugged again goes online by itself.`
  return [{ kind: 'comes-online-by-itself', message }]
}

function calledUnremovable({ blocks }: Target): readonly PlanWarning[] {
  const called = blocks.filter(isCalledUnremovable)
  if (called.length === 0) return []
  const message = `The host itself calls ${listed(called)} not removable: kernels before Linux 5.8 look for pages that cannot move when removable is read.`
  return [{ kind: 'called-unremovable', message }]
}

/**
 * What becomes of a block with hardware errors that goes offline and online; undefined where that is not known: not every release between
 * those that use the pages again and those that refuse the block was looked at.
 */
function fateOfPoisoned(topology: Topology): 'stays-offline' | 'comes-back' | undefined {
  const found = kernelOf(topology)
  const rule = found?.generation.rules.online.poisoned
  if (rule === 'refused') return 'stays-offline'
  return rule === 'forgotten' && found?.match === 'same' ? 'comes-back' : undefined
}

/** Online blocks with hardware errors, or what is known of such memory where no page flags tell its blocks. */
function poisonText(
  { totals }: Topology,
  online: readonly BlockInfo[],
): { readonly what: string; readonly those: string } | undefined {
  const poisoned = online.filter((block) => poisonedIn(block) > 0)
  if (poisoned.length > 0) {
    const pages = poisoned.reduce((sum, block) => sum + poisonedIn(block), 0)
    const [have, those] = poisoned.length === 1 ? ['has', 'the block'] : ['have', 'the blocks']
    return {
      what: `${listed(poisoned)} ${have} ${count(pages, 'page')} with hardware errors`,
      those,
    }
  }
  const bytes = totals.hardwareCorruptedBytes ?? 0
  // Failures that a node counts (memory_failure) leave out pages that were soft-offlined: none of them says that it has none.
  if (bytes === 0 || online.every(({ contents }) => contents !== null)) return undefined
  const what = `${formatExactSize(bytes)} of the machine have hardware errors (HardwareCorrupted), in blocks that only page flags tell`
  return { what, those: 'such blocks' }
}

/** Source: findings/linux-poisoned-page-keeps-block-offline.sh, linux-offline-cures-poison.sh. */
function poisonedPages(topology: Topology, { blocks }: Target): readonly PlanWarning[] {
  const found = poisonText(
    topology,
    blocks.filter(({ state }) => state === 'online'),
  )
  if (found === undefined) return []
  const { what, those } = found
  const fate = fateOfPoisoned(topology)
  if (fate === 'comes-back') {
    const message = `${what}, which this kernel uses again once ${those} went offline and online.`
    return [{ kind: 'poisoned-comes-back', message }]
  }
  const message =
    fate === 'stays-offline'
      ? `${what}. Once offline, ${those} cannot come online again (EHWPOISON) until the memory is replaced.`
      : `${what}. Linux 6.12 and later do not bring ${those} online again (EHWPOISON) until the memory is replaced; 5.10 and 6.1 use the pages again.`
  return [{ kind: 'poisoned-stays-offline', message }]
}

function overshoot(topology: Topology, goal: RemovalGoal, target: Target): readonly PlanWarning[] {
  if (goal.kind !== 'size') return []
  const extra = target.blocks.length * topology.blockBytes - goal.sizeBytes
  if (extra <= 0) return []
  const message = `${formatExactSize(extra)} more than asked for: devices and blocks go as a whole.`
  return [{ kind: 'more-than-asked', message }]
}

/** What a person should know before carrying the plan out. */
export const warningsFor = (
  topology: Topology,
  goal: RemovalGoal,
  target: Target,
  dialects?: Dialects,
): readonly PlanWarning[] => [
  ...stayingMemory(topology, target),
  ...stayingNode(topology, goal, target),
  ...emptiedNodes(topology, target),
  ...devicesInTwoZones(target),
  ...policyWarnings(topology, target, dialects),
  ...calledUnremovable(target),
  ...poisonedPages(topology, target),
  ...overshoot(topology, goal, target),
]
