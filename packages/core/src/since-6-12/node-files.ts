import type { NodeId } from '../address/brand'
import { HotplugError } from '../errors/hotplug-error'
import { directoryOf, readOnly, writeOnly } from '../kobject/mount'
import type { Directory, TreeNode } from '../model/directory'
import type { Machine } from '../model/machine'
import type { PageFailures } from '../model/state'

/** What the directory of a node has beside the files of 6.1. Source: drivers/base/node.c, mm/memory-failure.c 6.12; mm/vmscan.c 6.17. */
export function nodeFiles(machine: Machine, id: NodeId): Readonly<Record<string, TreeNode>> {
  const { sysfs } = machine.generation.rules
  const counts = sysfs.pageFailures === 'counted' && machine.features.memoryFailure
  return {
    ...(counts ? { memory_failure: failureDirectory(machine, id) } : {}),
    ...(sysfs.nodeReclaim === 'file' ? { reclaim: writeOnly(storeReclaim) } : {}),
  }
}

function failureDirectory(machine: Machine, id: NodeId): Directory {
  const counts = (): PageFailures =>
    machine.state.memory.pageFailures.get(id) ?? { ignored: 0, failed: 0, recovered: 0 }
  const number = (count: (counts: PageFailures) => number): TreeNode =>
    readOnly(() => `${count(counts())}\n`)
  return directoryOf({
    total: number(({ ignored, failed, recovered }) => ignored + failed + recovered),
    ignored: number(({ ignored }) => ignored),
    failed: number(({ failed }) => failed),
    // What has to wait for its page is no longer there when this is read: the model does all at once.
    delayed: readOnly(() => '0\n'),
    recovered: number(({ recovered }) => recovered),
  })
}

/** Bytes, then perhaps a swappiness. A number as memparse takes it. */
const RECLAIM = /^\s*(0x[0-9a-f]+|\d+)([kmgtpe]?)(?:\s+swappiness=(?:max|\d+))?\s*$/i

/**
 * A request to reclaim memory. What the model's programs and its tmpfs hold moves, and is never given up for nothing.
 * @throws HotplugError BAD_WORD (EINVAL); OUT_OF_MEMORY (EAGAIN) where anything is asked for
 * Source: user_proactive_reclaim, mm/vmscan.c 6.17; guests of 7.3.4
 */
function storeReclaim(text: string): void {
  const [, digits] = RECLAIM.exec(text) ?? []
  if (digits === undefined)
    throw new HotplugError('BAD_WORD', 'EINVAL', `${JSON.stringify(text)} is not a size.`, {
      detail: { text },
    })
  if (Number(digits) > 0)
    throw new HotplugError('OUT_OF_MEMORY', 'EAGAIN', 'Nothing can be reclaimed.', {
      detail: { text },
    })
}
