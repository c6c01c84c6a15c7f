import type { FirmwareWalk, FirmwareWrite, Random, WalkView } from '@memhp/core/plugin'
import { MEMORY_DIRECTORY } from '@memhp/kernel-files'
import { DLPAR } from './files'
import { INJECTION_POINTS } from './injection-points'

/** QEMU gives the LMB of a block the number of the block, with this bit set. Source: hw/ppc/spapr_drc.c */
const FIRST_INDEX = 0x8000_0000

/** Requests for LMBs that are plugged, or next to them, and some that the kernel does not understand. */
function drawDlpar({ plugged, blocks }: WalkView, random: Random): FirmwareWrite {
  const own = plugged.flatMap((device) => device.blocks)
  const block = random.pick(own.length > 0 ? own : blocks) + random.pick([0, 0, 0, 1])
  const drc = `0x${(FIRST_INDEX + block).toString(16)}`
  const action = random.pick(['add', 'remove', 'remove'])
  const count = random.below(5)
  const request = random.pick([
    `${action} index ${drc}`,
    `${action} count ${count}`,
    `${action} indexed-count ${count} ${drc}`,
    random.pick(['add', 'grow count 1', 'add index', 'remove count many']),
  ])
  return { path: DLPAR, text: random.percent(95) ? `memory ${request}` : 'cpu add count 1' }
}

/** Addresses that the kernel refuses: it would believe any other, and a block with nothing behind it kills a guest. */
function drawProbe({ blocks, blockBytes }: WalkView, random: Random): FirmwareWrite {
  const address = random.pick(blocks) * blockBytes
  const hex = `0x${address.toString(16)}`
  const text = random.pick([hex, String(address), `${hex}1`, 'here', '-1'])
  return { path: `${MEMORY_DIRECTORY}/probe`, text }
}

/** A request of DLPAR, which may name the first LMB that is plugged. */
function dlpar({ plugged }: WalkView, request: (drc: string) => string): FirmwareWrite {
  const drc = `0x${(FIRST_INDEX + (plugged[0]?.blocks[0] ?? 0)).toString(16)}`
  return { path: DLPAR, text: `memory ${request(drc)}` }
}

/** Requests by DLPAR, and by the kernel's file for memory that firmware says nothing of. */
export const PSERIES_WALK: FirmwareWalk = {
  archs: ['ppc64le'],
  drawConfig: (random) => ({ slots: random.between({ least: 1, most: 6 }) }),
  requests: [
    { weight: 8, draw: drawDlpar },
    { weight: 3, draw: drawProbe },
  ],
  sweep: {
    archs: ['ppc64le'],
    config: () => ({ slots: 2 }),
    // LMBs come online ascending: what memory cgroups keep of the second would lie in the first.
    cmdline: 'cgroup_disable=memory',
    points: INJECTION_POINTS,
    operations: [
      { name: 'a device is plugged', from: 'inserted', by: 'notice' },
      {
        name: 'an LMB is added',
        from: 'inserted',
        by: (view) => dlpar(view, (drc) => `add index ${drc}`),
      },
      {
        name: 'LMBs are added by count',
        from: 'inserted',
        by: (view) => dlpar(view, () => 'add count 2'),
      },
      { name: 'firmware asks for a device', from: 'online', by: 'unplug' },
      {
        name: 'an LMB is removed',
        from: 'online',
        by: (view) => dlpar(view, (drc) => `remove index ${drc}`),
      },
      {
        name: 'LMBs are removed by count',
        from: 'online',
        by: (view) => dlpar(view, () => 'remove count 2'),
      },
      {
        name: 'LMBs are removed by count from one on',
        from: 'online',
        by: (view) => dlpar(view, (drc) => `remove indexed-count 2 ${drc}`),
      },
    ],
  },
}
