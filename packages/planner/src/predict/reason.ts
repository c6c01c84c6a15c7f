/** One kind of reason for which memory stays. */
export type ReasonKind =
  | 'mixed-zones'
  | 'hole'
  | 'kernel-image'
  | 'crash-kernel'
  | 'reserved-at-boot'
  | 'contiguous-memory'
  | 'boot-memory'
  | 'kernel-memory'
  | 'page-table'
  | 'memmap'
  | 'pinned'
  | 'huge-pages'
  | 'no-room'
  | 'no-memmap-room'
  | 'withheld'
  | 'notifier'
  | 'isolated'
  | 'kernel-zone'
  | 'policy'
  | 'interrupted'
  | 'unsupported'
  | 'unknown'

/** What a reason is called in words, and what helps against it. */
export interface ReasonText {
  readonly title: string
  /** What a person can do, best first. Never empty. */
  readonly remedies: readonly [string, ...string[]]
}

const ANOTHER = 'choose other blocks or another device: this can never go while the system runs'

/**
 * Why a block of memory stays, or may stay. Each kind has words for people and advice.
 * Source: users' reports and the checks of mm/page_isolation.c and mm/memory_hotplug.c, Linux 6.1.
 */
export const REASONS: Readonly<Record<ReasonKind, ReasonText>> = {
  'mixed-zones': {
    title: 'pages of more than one zone or node',
    remedies: [ANOTHER],
  },
  hole: {
    title: 'addresses in the block that are not System RAM',
    remedies: [ANOTHER],
  },
  'kernel-image': {
    title: 'the kernel’s own code and data',
    remedies: [ANOTHER],
  },
  'crash-kernel': {
    title: 'memory kept for the crash kernel',
    remedies: [
      'give it back, and crash dumps with it: echo 0 > /sys/kernel/kexec_crash_size',
      'place it elsewhere at the next boot: crashkernel=SIZE@ADDRESS',
    ],
  },
  'reserved-at-boot': {
    title: 'memory reserved at boot',
    remedies: [
      ANOTHER,
      'keep boot allocations off this node at the next boot: movable_node, where firmware calls its memory hot-pluggable',
    ],
  },
  'contiguous-memory': {
    title: 'memory set aside for contiguous allocation (CMA)',
    remedies: [
      'set aside less at the next boot, or nothing: cma=0',
      'place it elsewhere at the next boot: cma=SIZE@ADDRESS',
    ],
  },
  'boot-memory': {
    title: 'memory that the architecture never lets go',
    remedies: [ANOTHER],
  },
  'kernel-memory': {
    title: 'kernel memory (slab, stacks, driver buffers)',
    remedies: [
      'bring such memory online with online_movable next time: the kernel then keeps its own data out of it',
      'shrink the kernel’s caches and stop what holds the rest, then try again: echo 2 > /proc/sys/vm/drop_caches',
    ],
  },
  'page-table': {
    title: 'a page table',
    remedies: [
      'stop the programs with the largest mappings on this node, then try again',
      'bring such memory online with online_movable next time',
    ],
  },
  memmap: {
    title: 'struct pages that describe other memory',
    remedies: [
      'remove the memory that was added after this first: its struct pages lie here',
      'bring such memory online with online_movable next time',
    ],
  },
  pinned: {
    title: 'a page with a long-term reference',
    remedies: [
      'stop what pins memory on this node: device passthrough (VFIO), RDMA, io_uring buffers, a virtual machine',
    ],
  },
  'huge-pages': {
    title: 'huge pages that find no place elsewhere',
    remedies: [
      'give other nodes more huge pages first: /sys/devices/system/node/nodeN/hugepages/…/nr_hugepages',
      'lower the number of huge pages on this node',
    ],
  },
  'no-room': {
    title: 'no free memory to move its pages to',
    remedies: [
      'free memory on the nodes that its pages would move to, or remove less at once',
      'drop clean page cache first: echo 1 > /proc/sys/vm/drop_caches',
    ],
  },
  'no-memmap-room': {
    title: 'no free kernel memory for its struct pages',
    remedies: [
      'let the kernel bring what is added online in a kernel zone, so that it holds the struct pages of what comes next: echo online_kernel > /sys/devices/system/memory/auto_online_blocks',
      'free kernel memory, or add less',
    ],
  },
  withheld: {
    title: 'pages that a balloon or virtio-mem keeps',
    remedies: ['deflate the balloon, or unplug through virtio-mem, first'],
  },
  notifier: {
    title: 'a driver refused when the kernel asked it',
    remedies: [
      'find the driver in the kernel log and stop it: virtio-mem, a hypervisor’s balloon, an error injector',
    ],
  },
  isolated: {
    title: 'pages that are isolated by another at the same time',
    remedies: ['try again when the other operation is over'],
  },
  'kernel-zone': {
    title: 'a kernel zone, where the kernel may have put its own data',
    remedies: [
      'take a capture as root: the page flags then tell what the block holds',
      'bring such memory online with online_movable next time',
    ],
  },
  policy: {
    title: 'the block was changed by another meanwhile',
    remedies: [
      'find who brings memory online: auto_online_blocks, a udev rule, an agent; stop it, then try again',
    ],
  },
  interrupted: {
    title: 'the run was interrupted',
    remedies: ['run it again: what is offline already is left alone'],
  },
  unsupported: {
    title: 'this architecture or driver cannot remove memory',
    remedies: ['take the blocks offline only: their memory is then unused, and stays plugged'],
  },
  unknown: {
    title: 'a reason that is not known',
    remedies: ['look at the kernel’s log of that moment: dmesg'],
  },
}

/** A reason with what speaks for it. */
export interface Reason {
  readonly kind: ReasonKind
  /** One sentence, with the evidence in it. */
  readonly message: string
  /** Pages that it is about, where they were counted. */
  readonly pages?: number
}

/** What helps against a reason, best first. Never empty. */
export const remediesFor = (kind: ReasonKind): readonly string[] => REASONS[kind].remedies
