import { type Capture, captureTree, checkFirmwareTexts } from '@memhp/capture'
import { createMachine, type Machine, type Plugins } from '@memhp/core'
import { formatNumberList } from '@memhp/kernel-files'
import {
  type BareTopology,
  knownOfCapture,
  type Looks,
  type PageSizeRule,
  readTopologyBy,
} from '@memhp/topology'
import { type DescribeOptions, describeMachine, readingsOf } from './describe/describe'
import { placeUnmovablePages } from './unmovable-pages'

/** A machine like a captured host. */
export interface Twin {
  readonly machine: Machine
  /** The reading of the captured host that it was described from: what a listing of the capture shows. */
  readonly host: BareTopology
  /** Sentences; each says what the twin takes for true without evidence. */
  readonly assumptions: readonly string[]
}

/** How a twin is made. */
export interface TwinOptions extends DescribeOptions {
  /**
   * `as called`, the default: a block whose `removable` reads 0 gets a page that does not move, where it has none. `left out`:
   * whoever has the twin places such pages.
   */
  readonly unmovablePages?: 'as called' | 'left out'
  /** The reading of the capture, where it has been read. Default: it is read by the firmware of the plugins. */
  readonly host?: BareTopology
  /**
   * What is looked at in the capture beside what the machine is made of, where the twin reads it: by `LOOKS` of @memhp/topology,
   * files that cannot all be true are told as assumptions. Default: nothing.
   */
  readonly looks?: Looks
}

/**
 * Boots the twin of a captured host. The machine runs by itself: nothing it does reaches the host.
 * @param plugins what machines may be made of; the capture names its architecture, and devices are there of firmware whose driver is given
 * @param options what the hypervisor knows and no file of the host tells; a generation other than the host's
 * @throws HotplugError BAD_CAPTURE for a damaged text of firmware, UNKNOWN_PLUGIN for an architecture or a kernel that none of the plugins knows, BAD_DESCRIPTION for a capture whose
 *   parts contradict each other
 */
export async function twinOf(
  capture: Capture,
  plugins: Plugins,
  options: TwinOptions = {},
): Promise<Twin> {
  const { unmovablePages = 'as called', host: read, looks, ...known } = options
  const readings = options.dialects ?? readingsOf(plugins)
  checkFirmwareTexts(capture, readings)
  const host =
    read ??
    (await readTopologyBy(captureTree(capture), {
      ...knownOfCapture(capture),
      pageSize: pageSizeBy(plugins),
      looks,
    }))
  const described = describeMachine({ capture, topology: host }, plugins, known)
  const machine = createMachine(described.description, plugins)
  const placed = unmovablePages === 'as called' ? placeUnmovablePages(machine, host) : []
  const sentences =
    placed.length === 0
      ? []
      : [
          `memory${formatNumberList(placed)}: removable read 0: each is taken to have an unmovable page.`,
        ]
  return { machine, host, assumptions: [...described.assumptions, ...sentences] }
}

/** The size of a base page as the architectures tell it: where it is one size, or none of them is the host's, nothing is read. */
const pageSizeBy =
  ({ archs }: Plugins): PageSizeRule =>
  (files, name) => {
    const size = archs.find((arch) => arch.name === name)?.pageSize
    if (typeof size === 'function') return size(files)
    return size === undefined
      ? { bytes: 4096, from: 'assumed' }
      : { bytes: size, from: 'architecture' }
  }
