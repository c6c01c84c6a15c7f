import { KIB, MIB } from '@memhp/core'
import { formatExactSize, formatHex, formatNumberList } from '@memhp/kernel-files'
import type { MachineOperation, ModelOperation, RecordedOperation } from './operation'
import type { CallbackDeed } from './perform/callback'

const sizeText = (mib: number): string => formatExactSize(mib * MIB)

/** A value in one line, quoted where it would not be seen otherwise. */
const valueText = (value: string): string =>
  /^[!-~]+$/.test(value) ? value : JSON.stringify(value)

const rangeText = ({ start, end }: { readonly start: number; readonly end: number }): string =>
  `${formatExactSize(end - start)} at ${formatHex(start)}`

/** A write in one line: `write online to /sys/devices/system/memory/memory32/state`. */
export const writeText = (path: string, value: string): string =>
  `write ${valueText(value)} to ${path}`

/** An operation in one line: `plug dimm1, 512M on node 1`. */
export function operationText(operation: MachineOperation): string {
  switch (operation.op) {
    case 'plug':
      return `plug ${operation.id}, ${sizeText(operation.mib)} on node ${operation.node}`
    case 'unplug':
      return `unplug ${operation.id}`
    case 'request':
      return `resize ${operation.id} to ${formatExactSize(operation.kib * KIB)}`
    case 'plugv':
      return `plug ${operation.id}, at most ${sizeText(operation.max_mib)} on node ${operation.node}`
    case 'write':
      return writeText(operation.path, operation.value)
    case 'fill':
      return `fill ${sizeText(operation.mib)} of node ${operation.node} with file ${operation.file}`
    case 'drop':
      return `drop ${operation.file}`
    case 'inject':
      return `make ${operation.event} ${operation.errno === 0 ? 'succeed again' : `fail with ${operation.errno}`}`
    case 'sclp_fail':
      return operation.blocks.length === 0
        ? 'refuse no storage any more'
        : `refuse the storage of blocks ${formatNumberList(operation.blocks)}`
    case 'shell':
      return `shell ${operation.cmd}`
    case 'page-tables':
      return `page-tables ${operation.window.join(' to ')}`
    case 'look':
    case 'pgdat-read':
    case 'page-cgroup-tables':
      return operation.op
    default:
      return modelOperationText(operation)
  }
}

function modelOperationText(operation: Exclude<ModelOperation, RecordedOperation>): string {
  switch (operation.op) {
    case 'allocate':
      return `fill ${sizeText(operation.mib)} of node ${operation.node} with ${operation.as} ${operation.name}`
    case 'pin':
    case 'unpin': {
      const { op, name, first = 0, pages } = operation
      const count = pages === undefined ? '' : `, pages: ${pages}`
      return `${op} ${name}${count}${first === 0 ? '' : ` from page ${first} on`}`
    }
    case 'obstruct':
      return `put kernel memory ${operation.name} into block ${operation.block}, pages: ${operation.pages}`
    case 'take-huge':
      return `take ${hugePages(operation)} ${operation.name} of node ${operation.node}, ${operation.state}: ${operation.count}`
    case 'reserve-huge':
    case 'use-huge':
    case 'release-huge':
    case 'shrink-huge':
      return `${operation.op.replace('-huge', '')} ${hugePages(operation)} of node ${operation.node}: ${operation.count}`
    case 'add':
      return `add ${rangeText(operation)} to node ${operation.node}${operation.memmapOnMemory === true ? ', with the memmap on it' : ''}`
    case 'remove':
      return `remove ${rangeText(operation)}`
    case 'offline-and-remove':
      return `take offline and remove ${rangeText(operation)}`
    case 'settle':
      return operation.op
    case 'tick':
      return `let ${operation.ms} ms pass`
    case 'snapshot':
    case 'restore':
      return `${operation.op} ${operation.name}`
  }
}

/** What a callback does, in one line: `a notifier throws when it is called for the first time`. */
export function callbackText({ by, call, act }: CallbackDeed): string {
  const when = call === 0 ? 'when it is first called' : `at its call ${call + 1}`
  return `a ${by} ${act === 'throw' ? 'throws' : `asks to ${operationText(act)}`} ${when}`
}

const hugePages = ({ mib }: { readonly mib?: number }): string =>
  mib === undefined ? 'huge pages' : `huge pages of ${sizeText(mib)}`
