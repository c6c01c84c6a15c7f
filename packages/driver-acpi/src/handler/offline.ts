import { isHotplugError, type Machine, offlineBlock, onlineBlock } from '@memhp/core'
import { logLine, say } from '@memhp/core/plugin'
import type { PhysicalNode } from '../state'
import type { Outcome } from './outcome'

/**
 * Takes blocks of a device offline, in up to two passes: the first goes on after an error, because one
 * block may hold what describes another. What a failed attempt took offline is put online again by the
 * default policy. The generation says how many passes there are, and whether anything is put online again.
 * Source: acpi_scan_try_to_offline, drivers/acpi/scan.c 6.1; spec 6.1.4.
 */
export function tryToOffline(machine: Machine, nodes: readonly PhysicalNode[]): Outcome {
  const { passes, lastPass, reonlines } = machine.generation.rules.eject
  for (const node of nodes) node.putOnline = false
  if (passes === 2 && firstPass(machine, nodes) === 'all-offline') return 'done'
  const rest = nodes.filter(({ putOnline }) => !putOnline)
  const failed =
    lastPass === 'stops'
      ? rest.find((node) => offlineNode(machine, node) === 'failed')?.block
      : rest.filter((node) => offlineNode(machine, node) === 'failed')[0]?.block
  if (failed === undefined) return 'done'
  say(machine, 'deviceBlockOnline', { block: failed })
  if (reonlines === 'yes') putOnlineAgain(machine, nodes)
  for (const node of nodes) node.putOnline = false
  return 'EBUSY'
}

function firstPass(
  machine: Machine,
  nodes: readonly PhysicalNode[],
): 'all-offline' | 'some-failed' {
  const results = nodes.map((node) => offlineNode(machine, node))
  return results.includes('failed') ? 'some-failed' : 'all-offline'
}

function offlineNode(machine: Machine, node: PhysicalNode): 'done' | 'already' | 'failed' {
  try {
    const result = offlineBlock(machine, node.block)
    node.putOnline = result === 'done'
    return result
  } catch (error) {
    if (!isHotplugError(error)) throw error
    if (error.code === 'OFFLINE_STALLED') {
      const text = 'nothing moves any more; the real kernel would go on trying for ever'
      logLine(machine, 'warn', `memory memory${node.block}: ${text}. ${error.message}`)
    }
    return 'failed'
  }
}

/** Online by default rules, so a block may come back in another zone. A refusal changes nothing, as in the kernel. */
function putOnlineAgain(machine: Machine, nodes: readonly PhysicalNode[]): void {
  for (const node of nodes) {
    if (!node.putOnline) continue
    try {
      onlineBlock(machine, node.block)
    } catch (error) {
      if (!isHotplugError(error)) throw error
    }
  }
}
