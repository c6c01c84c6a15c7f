import { type Capture, type DescribeOptions, describeMachine } from '@memhp/capture'
import { createMachine, type Machine, type Plugins } from '@memhp/core'

/** A machine like a captured host. */
export interface Twin {
  readonly machine: Machine
  /** Sentences; each says what the twin takes for true without evidence. */
  readonly assumptions: readonly string[]
}

/**
 * Boots the twin of a captured host. The machine runs by itself: nothing it does reaches the host.
 * @param plugins what machines may be made of; the capture names its architecture and its firmware interface
 * @param options what the hypervisor knows and no file of the host tells; a generation other than the host's
 * @throws HotplugError UNKNOWN_PLUGIN for a host that none of the plugins knows, BAD_DESCRIPTION for a capture whose
 *   parts contradict each other
 */
export function twinOf(capture: Capture, plugins: Plugins, options: DescribeOptions = {}): Twin {
  const { description, assumptions } = describeMachine(capture, options)
  return { machine: createMachine(description, plugins), assumptions }
}
