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

const ADDRESS = wholeShape()
const TEXT = textShape({ least: 1, words: 'a text that is not empty' })
const DIRECTORY = textShape({
  pattern: /^[^./][^/]*(?:\/[^./][^/]*)*$/,
  words: 'a directory below /sys/devices, relative to it',
})
const ALIGNMENT = checkedShape<number>(
  'a power of two',
  (value) => typeof value === 'number' && isPowerOfTwo(value),
)

const RANGE = recordShape<AcpiRangeConfig>({
  start: ADDRESS,
  end: ADDRESS,
  caching: optionalShape(choiceShape('uncached', 'cacheable', 'write-combining', 'prefetchable')),
  access: optionalShape(choiceShape('read-write', 'read-only')),
})

const FAULTS = recordShape<AcpiFirmwareFaults>({
  crs: optionalShape(choiceShape('fails')),
  sta: optionalShape(choiceShape('fails')),
  ej0: optionalShape(choiceShape('missing', 'fails', 'ignored')),
})

const DEVICE = recordShape<AcpiDeviceConfig>({
  name: optionalShape(
    textShape({ pattern: /^PNP0C80:[0-9a-f]{2,8}$/, words: 'a name like PNP0C80:0a' }),
  ),
  path: optionalShape(TEXT),
  uid: optionalShape(nullableShape(TEXT)),
  parent: optionalShape(DIRECTORY),
  slot: optionalShape(wholeShape(0, MOST_SLOTS - 1)),
  id: optionalShape(TEXT),
  status: optionalShape(wholeShape()),
  ranges: optionalShape(listShape(RANGE)),
  node: optionalShape(nullableShape(wholeShape(0, HIGHEST_NODE))),
  bound: optionalShape(listShape(wholeShape())),
  faults: optionalShape(FAULTS),
})

/** What `drivers.acpi` of a description must be. */
export const CONFIG_SHAPE: Shape<AcpiConfig> = /* @__PURE__ */ recordShape<AcpiConfig>({
  slots: optionalShape(wholeShape(0, MOST_SLOTS)),
  windowStart: optionalShape(ADDRESS),
  windowEnd: optionalShape(ADDRESS),
  alignmentBytes: optionalShape(ALIGNMENT),
  parentPath: optionalShape(DIRECTORY),
  hotplugEnabled: optionalShape(FLAG_SHAPE),
  domains: optionalShape(
    recordShape<NonNullable<AcpiConfig['domains']>>({
      count: wholeShape(1),
      named: listShape(wholeShape()),
    }),
  ),
  devices: optionalShape(listShape(DEVICE)),
})
