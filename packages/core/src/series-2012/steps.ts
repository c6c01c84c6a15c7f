import { pfn } from '../address/brand'
import type { PfnRange, PhysRange } from '../address/range'
import { nodeForRange } from '../hotplug/add'
import { rebuildZonelists } from '../hotplug/online'
import { stepsBeside } from '../hotplug/placed-steps'
import { removeFromArch } from '../hotplug/remove'
import { say } from '../machine/say'
import type { GenerationRules } from '../model/generation-rules'
import type { Machine } from '../model/machine'
import type { Adding, OtherSteps, Removing } from '../model/steps'
import { nodeOf } from '../node/node-table'
import { releaseSystemRam, releaseWholeSystemRam } from '../resource/resource-tree'
import { refuseFatal, refuseFatalOffline } from './fatal-removal'
import { clearPoison, refuseAbsent } from './online'
import { endAtAbsent } from './removal'
import { forgetZones, joinZone, leaveZone, moveToZone } from './zone-membership'

/** What only the series of 2012, and Linux 3.10 with it, did in a transaction. Source: mm/memory_hotplug.c 3.10; the series. */
export const STEPS_OF_2012: OtherSteps = /* @__PURE__ */ stepsBeside({
  add: {
    mayRefuse: [
      {
        name: 'zone',
        before: 'blocks',
        act: (machine, adding) =>
          joinZone(machine, {
            range: pagesOf(machine, adding),
            nodeId: nodeForRange(machine, adding),
          }),
        undo: takeFromZone,
      },
    ],
  },
  online: {
    mayRefuse: [
      {
        name: 'presence',
        before: 'attach',
        when: ({ online }) => online.presence === 'checked',
        act: (machine, { whole }) => refuseAbsent(machine, whole),
      },
      {
        name: 'move',
        before: 'notify',
        when: ({ zones }) => zones.edge === 'moves',
        act: (machine, { whole, move }) => moveToZone(machine, whole, move),
      },
    ],
    certain: [
      {
        name: 'zonelists',
        before: 'hand over',
        when: ({ online }) => online.zonelists === 'twice',
        act: rebuildZonelists,
      },
      {
        name: 'clear poison',
        before: 'hand over',
        when: ({ online }) => online.poisoned === 'cleared',
        act: (machine, { whole }) => clearPoison(machine, whole),
      },
      {
        name: 'list first',
        before: 'count',
        act: (_, { zone, whole }) => void zone.free.onlined.push(whole.start),
      },
    ],
  },
  offline: {
    mayRefuse: [
      {
        name: 'fatal',
        before: 'per-cpu',
        act: (machine, { whole }) => refuseFatalOffline(machine, whole),
      },
    ],
  },
  remove: {
    mayRefuse: [
      {
        name: 'fatal',
        when: mayBeFatal,
        act: (machine, { range }) => refuseFatal(machine, range),
      },
    ],
    certain: [
      {
        name: 'direct map',
        before: 'part',
        when: ({ remove }) => remove.directMap === 'before',
        act: (machine, removing) => removeFromArch(machine, removing, 'direct map'),
      },
      { name: 'resource', before: 'part', act: leaveLine },
      {
        name: 'end',
        before: 'part',
        when: ({ remove }) => remove.absentSection === 'ends',
        act: (machine, removing) => endAtAbsent(machine, removing),
      },
      {
        name: 'zone',
        before: 'arch',
        act: (machine, removing) => leaveZone(machine, pagesOf(machine, removing)),
      },
      {
        name: 'memmap',
        before: 'arch',
        act: (machine, removing) => removeFromArch(machine, removing, 'sections'),
      },
      {
        name: 'direct map',
        before: 'resource',
        when: ({ remove }) => remove.directMap === 'after',
        act: (machine, removing) => removeFromArch(machine, removing, 'direct map'),
      },
    ],
  },
})

/** The range leaves /proc/iomem, where it is a line or may be a part of one. */
function leaveLine(machine: Machine, { range }: Removing): void {
  const { resources } = machine.state.memory
  const { partOfResource } = machine.generation.rules.remove
  const isFound =
    partOfResource === 'cut'
      ? releaseSystemRam(resources, range)
      : releaseWholeSystemRam(resources, range)
  if (isFound) return
  say(machine, 'resourceAbsent', { start: range.start, last: range.end - 1 })
}

/** Whether a kernel with these rules may stop in the midst of a removal. */
function mayBeFatal({ mended }: GenerationRules): boolean {
  return (
    mended.zoneLeft === 'of-section' || mended.emptySpan === 'at-0' || mended.usemap === 'misread'
  )
}

const pagesOf = ({ geometry }: Machine, { range }: { readonly range: PhysRange }): PfnRange => ({
  start: pfn(range.start / geometry.pageBytes),
  end: pfn(range.end / geometry.pageBytes),
})

/** A node that was not online before has its zones as it never had any memory. Source: rollback_node_hotadd, 3.10. */
function takeFromZone(machine: Machine, adding: Adding): void {
  leaveZone(machine, pagesOf(machine, adding))
  const node = nodeOf(machine, nodeForRange(machine, adding))
  if (!node.online) forgetZones(machine, node.id)
}
