import {
  bundleSize,
  CAPTURED_MACHINES,
  CONSTANT_LIMIT_BYTES,
  MACHINES_LIMIT_BYTES,
  ONE_CONSTANT,
} from './bundle-size'
import type { Row } from './measure'

/** What both weighed while invariants were a part of core and zod checked captures. */
const BEFORE = { constantBytes: 113_591, machinesBytes: 173_774 } as const

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`

/** What memhp adds to the bundle of a program, beside what it added before it was made light. */
export async function bundleRows(): Promise<Row[]> {
  const { bytes } = await bundleSize(ONE_CONSTANT)
  const { gzippedBytes } = await bundleSize(CAPTURED_MACHINES)
  return [
    {
      what: 'one constant of core in a bundle, minified',
      figure: `${bytes} bytes`,
      baseline: `before: ${kilobytes(BEFORE.constantBytes)}`,
      ratio: bytes / BEFORE.constantBytes,
      target: `under ${kilobytes(CONSTANT_LIMIT_BYTES)}`,
      met: bytes < CONSTANT_LIMIT_BYTES,
    },
    {
      what: 'core, arch-x86, driver-acpi, capture and twin in a bundle, gzipped',
      figure: kilobytes(gzippedBytes),
      baseline: `before: ${kilobytes(BEFORE.machinesBytes)}`,
      ratio: gzippedBytes / BEFORE.machinesBytes,
      target: `under ${kilobytes(MACHINES_LIMIT_BYTES)}`,
      met: gzippedBytes < MACHINES_LIMIT_BYTES,
    },
  ]
}
