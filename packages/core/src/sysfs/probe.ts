import { formatHex } from '@memhp/kernel-files'
import { physAddr } from '../address/brand'
import { isAligned } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import { addMemory, guessNode } from '../hotplug/add'
import { codeOf } from '../machine/kernel-code'
import type { Machine } from '../model/machine'
import { parseUnsigned } from './parse'

/** See `MemoryProbe.add`. */
export function addProbed(machine: Machine, text: string): void {
  const { probeNumber } = machine.generation.rules.sysfs
  const digits = probeNumber === 'whole' ? text : codeOf(machine).leadingNumber(text)
  const start = parseUnsigned(digits, { bits: 64 })
  const { blockBytes } = machine.geometry
  if (!isAligned(start, blockBytes)) {
    throw new HotplugError(
      'UNALIGNED_RANGE',
      'EINVAL',
      `${formatHex(start)} does not begin a memory block.`,
    )
  }
  const range = { start: physAddr(start), end: physAddr(start + blockBytes) }
  addMemory(machine, { range, nodeId: guessNode(machine, start) })
}
