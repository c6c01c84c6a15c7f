import { formatExactSize } from '@memhp/kernel-files'
import { callbackText, type FaultDeed, operationText, writeText } from '@memhp/trace'
import { formatDuration, formatNumberList } from '../text'
import type { Action, OperationAction } from './action'
import { PATH_BASE } from './path'

/** A path as scenarios write it: relative where it lies below /sys/devices/system/memory. */
const shortPath = (path: string): string =>
  path.startsWith(`${PATH_BASE}/`) ? path.slice(PATH_BASE.length + 1) : path

/** What is made to fail: `offline/migrate fails once (EBUSY)`. */
function faultText({ point, index, errno }: FaultDeed): string {
  if (point === undefined) return `step ${index + 1} of those that may fail fails (${errno})`
  return `${point} fails ${index === 0 ? 'once' : `at passing ${index + 1}`} (${errno})`
}

function operationActionText({ do: operation, fault, callback }: OperationAction): string {
  const what =
    operation.op === 'write'
      ? writeText(shortPath(operation.path), operation.value)
      : operationText(operation)
  const besides = [
    ...(fault === undefined ? [] : [faultText(fault)]),
    ...(callback === undefined ? [] : [callbackText(callback)]),
  ]
  return besides.length === 0 ? what : `${what}, and ${besides.join(', ')}`
}

/** An action in one line: `plug dimm1, 512M on node 1`. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case 'plug':
      return `plug ${action.id}, ${formatExactSize(action.sizeBytes)} on node ${action.node}`
    case 'unplug':
      return `unplug ${action.id}`
    case 'resize':
      return `resize ${action.id} to ${formatExactSize(action.sizeBytes)}`
    case 'online': {
      const zone = action.zone === 'default' ? '' : ` (${action.zone})`
      return `online ${formatNumberList(action.blocks)}${zone}`
    }
    case 'offline':
      return `offline ${formatNumberList(action.blocks)}`
    case 'write':
      return writeText(shortPath(action.path), action.value)
    case 'read':
      return `read ${shortPath(action.path)}`
    case 'poison':
      return `poison page ${action.page} of block ${action.block}`
    case 'inject':
      return `make ${action.event} ${action.errno === null ? 'succeed again' : `fail with ${action.errno}`}`
    case 'eject':
      return `eject ${action.device}`
    case 'add':
      return `add ${formatExactSize(action.sizeBytes)} at 0x${action.start.toString(16)} to node ${action.node}`
    case 'remove':
      return `remove ${formatExactSize(action.sizeBytes)} at 0x${action.start.toString(16)}`
    case 'operation':
      return operationActionText(action)
    case 'tick':
      return `let ${formatDuration(action.time)} pass`
    case 'settle':
    case 'check':
      return action.kind
    default:
      return namedActionText(action)
  }
}

function namedActionText(action: Extract<Action, { readonly name: string }>): string {
  switch (action.kind) {
    case 'fill':
      return `fill ${formatExactSize(action.sizeBytes)} of node ${action.node} with ${action.as} ${action.name}`
    case 'unmovable':
      return `put kernel memory ${action.name} into block ${action.block}, pages: ${action.pages}`
    case 'hugepages':
      return `take huge pages${action.sizeBytes === undefined ? '' : ` of ${formatExactSize(action.sizeBytes)}`} ${action.name} of node ${action.node}, ${action.state}: ${action.count}`
    case 'pin':
    case 'unpin':
      return `${action.kind} ${action.name}${action.pages === undefined ? '' : `, pages: ${action.pages}`}`
    case 'drop':
    case 'snapshot':
    case 'restore':
      return `${action.kind} ${action.name}`
  }
}
