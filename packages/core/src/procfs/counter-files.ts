import type { NodeId } from '../address/brand'
import { readOnly } from '../kobject/mount'
import type { Attribute } from '../model/directory'
import type { Machine } from '../model/machine'
import type { Rereader } from '../model/subsystem'
import { buddyinfoText, pagetypeinfoText } from './free-chunks'
import { meminfoText } from './meminfo'
import { numastatText } from './numastat'
import { zoneinfoText } from './zoneinfo'

/** See `MemoryCounters.files`. */
export function counterFiles(
  machine: Machine,
  rereader?: Rereader,
): Readonly<Record<string, Attribute>> {
  return {
    '/proc/meminfo': readOnly(meminfoText(machine, rereader)),
    '/proc/zoneinfo': readOnly(zoneinfoText(machine, rereader)),
    '/proc/buddyinfo': readOnly(() => buddyinfoText(machine)),
    '/proc/pagetypeinfo': readOnly(() => pagetypeinfoText(machine)),
  }
}

/** See `MemoryCounters.nodeFiles`. */
export const nodeCounterFiles = (
  machine: Machine,
  id: NodeId,
): Readonly<Record<string, Attribute>> => ({ numastat: readOnly(numastatText(machine, id)) })
