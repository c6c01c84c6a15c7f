import { isPowerOfTwo } from '@memhp/core'
import {
  checkedShape,
  choiceShape,
  FLAG_SHAPE,
  listShape,
  nullableShape,
  optionalShape,
  recordShape,
  type Shape,
  textShape,
  wholeShape,
} from '@memhp/core/plugin'
import type {
  AcpiConfig,
  AcpiDeviceConfig,
  AcpiFirmwareFaults,
  AcpiRangeConfig,
} from './acpi-config'

/** Far above what platforms have. Source: QEMU's limit is 256 (ACPI_MAX_RAM_SLOTS). */
const MOST_SLOTS = 4096
/** No kernel has more. Source: MAX_NUMNODES, 2^CONFIG_NODES_SHIFT, at most 2^10. */
const HIGHEST_NODE = 1023

/** One device of the namespace. */
function deviceShape(directory: Shape<string>): Shape<AcpiDeviceConfig> {
  const text = textShape({ least: 1, words: 'a text that is not empty' })
  const range = recordShape<AcpiRangeConfig>({
    start: wholeShape(),
    end: wholeShape(),
    caching: optionalShape(choiceShape('uncached', 'cacheable', 'write-combining', 'prefetchable')),
    access: optionalShape(choiceShape('read-write', 'read-only')),
  })
  const faults = recordShape<AcpiFirmwareFaults>({
    crs: optionalShape(choiceShape('fails')),
    sta: optionalShape(choiceShape('fails')),
    ej0: optionalShape(choiceShape('missing', 'fails', 'ignored')),
  })
  const name = textShape({ pattern: /^PNP0C80:[0-9a-f]{2,8}$/, words: 'a name like PNP0C80:0a' })
  return recordShape<AcpiDeviceConfig>({
    name: optionalShape(name),
    path: optionalShape(text),
    uid: optionalShape(nullableShape(text)),
    parent: optionalShape(directory),
    slot: optionalShape(wholeShape(0, MOST_SLOTS - 1)),
    id: optionalShape(text),
    status: optionalShape(wholeShape()),
    ranges: optionalShape(listShape(range)),
    node: optionalShape(nullableShape(wholeShape(0, HIGHEST_NODE))),
    bound: optionalShape(listShape(wholeShape())),
    faults: optionalShape(faults),
  })
}

/** What `drivers.acpi` of a description must be. */
export function configShape(): Shape<AcpiConfig> {
  const directory = textShape({
    pattern: /^[^./][^/]*(?:\/[^./][^/]*)*$/,
    words: 'a directory below /sys/devices, relative to it',
  })
  const alignment = checkedShape<number>(
    'a power of two',
    (value) => typeof value === 'number' && isPowerOfTwo(value),
  )
  const domains = recordShape<NonNullable<AcpiConfig['domains']>>({
    count: wholeShape(1),
    named: listShape(wholeShape()),
  })
  return recordShape<AcpiConfig>({
    slots: optionalShape(wholeShape(0, MOST_SLOTS)),
    windowStart: optionalShape(wholeShape()),
    windowEnd: optionalShape(wholeShape()),
    alignmentBytes: optionalShape(alignment),
    parentPath: optionalShape(directory),
    hotplugEnabled: optionalShape(FLAG_SHAPE),
    domains: optionalShape(domains),
    devices: optionalShape(listShape(deviceShape(directory))),
  })
}
