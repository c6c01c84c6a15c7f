import { formatHex } from '@memhp/kernel-files'
import type { Explanation } from '@memhp/planner'
import { explainOst } from '@memhp/qemu'

/** What firmware is told in an _OST report, as an explanation. Source: ACPI 6.4, 6.3.5; seen on 6.1 to 7.3 under QEMU. */
export function explanationOfOst(report: {
  readonly source: number
  readonly status: number
}): Explanation {
  const { source, status } = report
  const isEjection = source === 3 || source === 0x103
  const isAddition = source === 0 || source === 1
  const evidence = [
    ...(isEjection && status === 0x84
      ? [
          {
            from: 'firmware’s specification',
            says: 'The request is under way: another report says how it ends.',
          },
        ]
      : []),
    ...(isAddition && status === 0
      ? [
          {
            from: 'seen on 6.1 and 7.3',
            says: 'Success is reported, too, where the kernel refused the memory: look whether blocks appeared.',
          },
        ]
      : []),
    ...(isEjection && status === 0x82
      ? [
          {
            from: 'seen on QEMU 7.2',
            says: 'A block of the device did not go offline. QEMU sends no error event: this report is all.',
          },
        ]
      : []),
  ]
  return {
    subject: `_OST ${formatHex(source)}/${formatHex(status)}`,
    verdict: `The guest answered its firmware: ${explainOst(report)}.`,
    causes: [],
    evidence,
    meanings: [],
    missing: isEjection && status !== 0 ? ['which block stays: memhp explain DEVICE'] : [],
  }
}
