import type { ReasonKind } from '../predict/reason'

/**
 * A line of the kernel's log. Groups of its pattern say what it is about: `start` and `last`, or `at` (hexadecimal addresses), `pfn`
 * (hexadecimal), `block`, `device`, `errno`.
 */
export interface LogPattern {
  readonly pattern: RegExp
  /** `by errno`: the errno of a migration decides. */
  readonly kind?: ReasonKind | 'by errno'
  /** What it means, as a sentence. */
  readonly says: string
}

const OFFLINING =
  'memory offlining \\[mem 0x(?<start>[0-9a-f]{1,16})-0x(?<last>[0-9a-f]{1,16})\\] failed'

const offlining = (why: string, kind: ReasonKind, says: string): LogPattern => ({
  pattern: new RegExp(`${OFFLINING} due to ${why}`),
  kind,
  says,
})

/** Source: mm/memory_hotplug.c of Linux 4.20 to 7.3, where debug messages are on. */
const OF_OFFLINING: readonly LogPattern[] = [
  offlining('memory holes', 'hole', 'The block has addresses that are not System RAM.'),
  offlining('multizone range', 'mixed-zones', 'The block has pages of more than one zone.'),
  offlining('signal backoff', 'interrupted', 'A signal ended the attempt.'),
  offlining('unmovable page', 'kernel-memory', 'A page can neither move nor go.'),
  offlining('failure to dissolve', 'huge-pages', 'Huge pages found no place elsewhere.'),
  offlining('(?:node )?notifier', 'notifier', 'A driver refused when the kernel asked it.'),
  { pattern: new RegExp(OFFLINING), says: 'The kernel gave up taking this range offline.' },
  {
    pattern: /migrating pfn (?<pfn>[0-9a-f]{1,13}) failed ret:(?<errno>-?\d{1,4})/,
    kind: 'by errno',
    says: 'A page did not move.',
  },
  {
    pattern: /failed to isolate pfn (?<pfn>[0-9a-f]{1,13})/,
    kind: 'pinned',
    says: 'A page could not be taken off its list.',
  },
  {
    pattern: /removing pfn (?<pfn>[0-9a-f]{1,13}) from LRU failed/,
    kind: 'pinned',
    says: 'A page could not be taken off its list.',
  },
  {
    pattern: /memory memory(?<block>\d{1,9}): Offline failed/,
    says: 'An ejection wanted this block offline, and it did not go.',
  },
  {
    pattern:
      /removing memory fails, because memory \[(?:mem )?0x(?<start>[0-9a-f]{1,16})-0x(?<last>[0-9a-f]{1,16})\] is onlined/,
    kind: 'policy',
    says: 'The memory was to be removed while it was online.',
  },
  {
    pattern: /Injecting error \((?<errno>-\d{1,4})\) to MEM_GOING_\w+/,
    kind: 'notifier',
    says: 'An error injector answered for a driver.',
  },
]

/** Source: drivers/acpi/acpi_memhotplug.c, drivers/acpi/scan.c; seen on 3.10, 6.1 and 7.3. */
const OF_ACPI: readonly LogPattern[] = [
  {
    pattern:
      /Block size \[0x[0-9a-f]{1,13}\] unaligned hotplug range: start 0x(?<start>[0-9a-f]{1,16}), size/,
    says: 'What was plugged is not a whole number of memory blocks: nothing of it was added, though firmware was told success.',
  },
  {
    pattern:
      /Hotplug memory \[0x(?<start>[0-9a-f]{1,16})-0x(?<last>[0-9a-f]{1,16})\] exceeds maximum/,
    says: 'What was plugged lies beyond the addresses that the kernel can map.',
  },
  {
    pattern: /acpi (?<device>PNP0C80:[0-9a-f]{2,4}): (?:add_memory failed|acpi_memory_enable)/,
    says: 'The kernel did not take the device’s memory in: no block of it exists.',
  },
  {
    pattern: /acpi (?<device>PNP0C80:[0-9a-f]{2,4}): (?:Enumeration failure|device is empty)/,
    says: 'The kernel made nothing of the device.',
  },
  {
    pattern: /acpi (?<device>PNP0C80:[0-9a-f]{2,4}): Eject disabled/,
    kind: 'unsupported',
    says: 'The device may not be ejected.',
  },
  {
    pattern: /ACPI: \S{1,120} ?(?:Eject failed|Eject incomplete|No _EJ0 support)/,
    says: 'Firmware did not let the device go.',
  },
]

/** Source: drivers/dax/kmem.c, drivers/virtio/virtio_mem.c, arch/powerpc/platforms/pseries, drivers/s390/char/sclp_mem.c. */
const OF_DRIVERS: readonly LogPattern[] = [
  {
    pattern:
      /kmem (?<device>dax\d{1,4}\.\d{1,4}): mapping\d{1,4}: 0x(?<start>[0-9a-f]{1,16})-0x(?<last>[0-9a-f]{1,16}) (?:cannot be hotremoved|stuck online)/,
    kind: 'policy',
    says: 'The device was given up while its memory was online: that stays until the next boot.',
  },
  {
    pattern: /virtio_mem (?<device>virtio\d{1,4}): .{0,120}(?:error|broken|failed|could not)/i,
    says: 'virtio-mem met an error.',
  },
  {
    pattern: /pseries-hotplug-mem: .{0,160}(?:fail|unable|not)/i,
    says: 'POWER’s hypervisor or kernel did not carry a request out.',
  },
  {
    pattern: /[Cc]ould not handle DLPAR request/,
    says: 'A request to /sys/kernel/dlpar was not understood or not carried out.',
  },
  {
    pattern: /sclp\w*: (?:un)?assign storage failed/,
    says: 's390x: the hypervisor did not assign or take back storage; the write got EIO.',
  },
]

const OF_ROOM: readonly LogPattern[] = [
  {
    pattern: /page allocation failure: order:\d{1,2}, mode:/,
    kind: 'no-room',
    says: 'An allocation found no free memory.',
  },
  {
    pattern: /Out of memory: Kill/,
    kind: 'no-room',
    says: 'Memory ran out: the kernel killed a process.',
  },
]

/**
 * Errors of the memory itself. What has no address reads as page 0, and is left out.
 * Source: mm/memory-failure.c, mm/madvise.c, drivers/edac/edac_mc.c, drivers/firmware/efi/cper.c, arch/x86/kernel/cpu/mce/core.c of
 * Linux 3.10 to 7.3.
 */
const OF_HARDWARE: readonly LogPattern[] = [
  {
    pattern: /[Ss]oft[ _]offlin(?:e: |ing pfn )0x(?<pfn>[0-9a-f]{1,13})\b/,
    says: 'The page was to be taken out of use, as its memory begins to fail.',
  },
  {
    pattern: /(?:Memory failure: |MCE )0x(?<pfn>[0-9a-f]{1,13})\b/,
    says: 'The page has a hardware error. Linux 6.12 and later do not bring a block with it online again (EHWPOISON); 5.10 and 6.1 use the page again once its block went offline and online.',
  },
  {
    pattern: /EDAC MC\d{1,4}: \d{1,9} CE .{0,400}\bpage:0x(?!0 )(?<pfn>[0-9a-f]{1,13}) offset:/,
    says: 'Hardware corrected an error of this memory.',
  },
  {
    pattern: /EDAC MC\d{1,4}: \d{1,9} UE .{0,400}\bpage:0x(?!0 )(?<pfn>[0-9a-f]{1,13}) offset:/,
    says: 'Hardware met an error of this memory that it could not correct.',
  },
  {
    pattern: /\[Hardware Error\]: {1,4}physical_address: 0x(?<at>[0-9a-f]{1,16})\b/,
    says: 'Firmware reports an error of the memory at this address.',
  },
  {
    pattern: /Uncorrected hardware memory error in user-access at (?<at>[0-9a-f]{1,16})\b/,
    says: 'Hardware met an error of this memory that it could not correct, as a program used it.',
  },
]

/** Lines that tell of memory that comes, goes or fails; the first that fits a line counts. */
export const LOG_PATTERNS: readonly LogPattern[] = [
  ...OF_OFFLINING,
  ...OF_ACPI,
  ...OF_DRIVERS,
  ...OF_ROOM,
  ...OF_HARDWARE,
]
