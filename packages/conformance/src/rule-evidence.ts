// Written by pnpm docs:evidence: do not change by hand.

/** Kernels of the recordings. @alpha */
export const RECORDED_KERNELS: readonly string[] = [
  '3.10.108',
  '5.10',
  '6.1',
  '6.12.107',
  '6.12.117',
  '6.18.15',
  '7.2.13',
  '7.3.4',
]

/**
 * By rule and kernel, a recording that shows it: with any other value that a generation gives the rule, the model of that kernel
 * differs from the recording. A rule and a kernel that are not here rest on the specification.
 * @alpha
 */
export const RULE_EVIDENCE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'memmapOnMemory.words': {
    '7.2.13': 'ppc64le-radix-7.2.13/ppc64le-radix-memmap-force.json.gz',
  },
  'memmapOnMemory.unit': {
    '6.1': 'x86_64/x86_64-0005.json.gz',
    '7.3.4': 'arm64-7.3/arm64-7.3-mmom-1.json.gz',
  },
  'memmapOnMemory.unfit': {
    '7.2.13': 'ppc64le-radix-7.2.13/ppc64le-radix-memmap-force.json.gz',
  },
  'add.impossibleNode': {
    '3.10.108': 'x86_64-3.10/x86_64-3.10-4212.json.gz',
  },
  'add.firstOfNode': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-gigantic-pages.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5003.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-3.json.gz',
    '7.3.4': 'x86_64-7.3.4/x86_64-gigantic-pages.json.gz',
  },
  'zones.joins': {
    '3.10.108': 'x86_64-3.10/310-boot-blocks.json.gz',
    '6.1': 'virtio-mem-x86_64-6.1/x86_64-6.1-virtio-full.json.gz',
    '6.12.117': 'walks/x86_64-movable-above-hole.json.gz',
    '7.2.13': 'walks/s390x-cma.json.gz',
    '7.3.4': 'walks/x86_64-hole-above.json.gz',
  },
  'zones.edge': {
    '3.10.108': 'x86_64-3.10/310-movable-asc-order.json.gz',
  },
  'online.poisoned': {
    '5.10': 'walks/x86_64-poison-5.10.json.gz',
    '6.1': 'walks/x86_64-poison-hosted-6.1.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '7.2.13': 'walks/x86_64-poison-7.2.json.gz',
    '7.3.4': 'walks/x86_64-poison-7.3.json.gz',
  },
  'online.zonelists': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
  },
  'online.normalMemory': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-gigantic-pages.json.gz',
    '6.1': 'ppc64le-radix/ppc64le-radix-0010.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5010.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5010.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-2.json.gz',
    '7.3.4': 'arm64-7.3/arm64-7.3-virtio-0002.json.gz',
  },
  'online.threads': {
    '6.12.117': 'x86_64-6.12.117/x86_64-5010.json.gz',
    '7.3.4': 'arm64-7.3/arm64-7.3-virtio-stuck.json.gz',
  },
  'poison.again': {
    '3.10.108': 'x86_64-3.10/310-hwpoison.json.gz',
    '5.10': 'walks/x86_64-poison-5.10.json.gz',
    '6.1': 'walks/x86_64-poison-6.1.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '7.2.13': 'walks/x86_64-poison-7.2.json.gz',
    '7.3.4': 'walks/x86_64-poison-7.3.json.gz',
  },
  'poison.absent': {
    '3.10.108': 'x86_64-3.10/310-NOMEMCG-words.json.gz',
    '5.10': 'walks/x86_64-poison-5.10.json.gz',
    '6.1': 'walks/x86_64-poison-6.1.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '7.2.13': 'walks/x86_64-poison-7.2.json.gz',
    '7.3.4': 'walks/x86_64-poison-7.3.json.gz',
  },
  'allocator.onlined': {
    '3.10.108': 'x86_64-3.10/310-2g-eject-while-online-memcg.json.gz',
    '7.3.4': 'walks/x86_64-virtio-places.json.gz',
  },
  'allocator.isolated': {
    '7.3.4': 'walks/x86_64-virtio-places.json.gz',
  },
  'allocator.giganticInMovable': {
    '7.3.4': 'x86_64-7.3.4/x86_64-gigantic-pages.json.gz',
  },
  'offline.limit': {
    '6.1': 'walks/ppc64le-radix-stalled.json.gz',
  },
  'offline.holes': {
    '3.10.108': 'x86_64-3.10/310-boot-blocks.json.gz',
    '6.1': 'walks/x86_64-vetoed.json.gz',
    '6.12.117': 'walks/x86_64-movable-above-hole.json.gz',
    '7.2.13': 'walks/x86_64-cma-high.json.gz',
    '7.3.4': 'walks/x86_64-cma-edge.json.gz',
  },
  'offline.freeHugePages': {
    '5.10': 'walks/x86_64-5.10-gigantic-pages.json.gz',
    '6.1': 'walks/x86_64-gigantic-pages.json.gz',
    '7.3.4': 'x86_64-7.3.4/x86_64-gigantic-pages.json.gz',
  },
  'offline.partOfGigantic': {
    '5.10': 'walks/x86_64-5.10-gigantic-pages.json.gz',
    '6.1': 'walks/x86_64-gigantic-pages.json.gz',
    '7.3.4': 'x86_64-7.3.4/x86_64-gigantic-pages.json.gz',
  },
  'offline.zonelists': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
  },
  'offline.partOfLeaf': {
    '7.3.4': 'arm64-7.3/arm64-7.3-mmom-1.json.gz',
  },
  'remove.unit': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'virtio-mem-x86_64-6.1/x86_64-6.1-virtio-full.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-3.json.gz',
    '7.3.4': 'walks/x86_64-poison-7.3.json.gz',
  },
  'remove.resource': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'virtio-mem-x86_64-6.1/x86_64-6.1-virtio-full.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-3.json.gz',
    '7.3.4': 'walks/x86_64-poison-7.3.json.gz',
  },
  'remove.unasked': {
    '7.2.13': 's390x-7.2/s390x-7.2-mmom.json.gz',
  },
  'parameters.commandLine': {
    '6.1': 'ppc64le-radix/ppc64le-radix-0003.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5002.json.gz',
    '7.2.13': 's390x-7.2/s390x-7.2-mmom.json.gz',
    '7.3.4': 'arm64-7.3/arm64-7.3-mmom-1.json.gz',
  },
  'procfs.memTotal': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'walks/ppc64le-radix-crashkernel.json.gz',
    '7.3.4': 'walks/x86_64-hole-above.json.gz',
  },
  'procfs.zoneinfo': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'walks/s390x-cma.json.gz',
    '7.3.4': 'walks/x86_64-hole-above.json.gz',
  },
  'procfs.hashDirectMap': {
    '6.1': 'walks/ppc64le-hash-probe.json.gz',
    '7.2.13': 'ppc64le-hash-7.2.13/ppc64le-hash-5201.json.gz',
  },
  'sysfs.blockFiles': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'walks/s390x-cma.json.gz',
    '7.3.4': 'walks/x86_64-hole-above.json.gz',
  },
  'sysfs.stateWords': {
    '3.10.108': 'x86_64-3.10/310-movable-asc-order.json.gz',
  },
  'sysfs.stateMatch': {
    '3.10.108': 'x86_64-3.10/x86_64-3.10-4212.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'virtio-mem-x86_64-6.1/x86_64-6.1-virtio-full.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 's390x-7.2/s390x-7.2-mmom.json.gz',
    '7.3.4': 'walks/x86_64-poison-7.3.json.gz',
  },
  'sysfs.removable': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'walks/s390x-cma.json.gz',
    '7.3.4': 'walks/x86_64-hole-above.json.gz',
  },
  'sysfs.probeNumber': {
    '3.10.108': 'x86_64-3.10/310-NOMEMCG-words.json.gz',
    '6.1': 'walks/ppc64le-hash-probe.json.gz',
    '7.2.13': 'ppc64le-radix-7.2.13/ppc64le-radix-memmap-force.json.gz',
  },
  'sysfs.hasCpu': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.107': 'ppc64le-radix-6.12.107/ppc64le-radix-5101.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'walks/ppc64le-radix-crashkernel.json.gz',
    '7.3.4': 'walks/x86_64-hole-above.json.gz',
  },
  'sysfs.hugePages': {
    '5.10': 'walks/x86_64-5.10-gigantic-pages.json.gz',
  },
  'device.boundBy': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-2.json.gz',
  },
  'device.devices': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'walks/x86_64-cma-high.json.gz',
    '7.3.4': 'walks/x86_64-hole-above.json.gz',
  },
  'device.group': {
    '3.10.108': 'x86_64-3.10/x86_64-3.10-4212.json.gz',
    '6.1': 'x86_64/x86_64-0010.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5002.json.gz',
    '7.3.4': 'virtio-mem-x86_64-7.3/x86_64-7.3-virtio-0003.json.gz',
  },
  'device.systemBus': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
  },
  'device.wakeupSource': {
    '6.1': 'virtio-mem-x86_64-6.1/x86_64-6.1-virtio-0001.json.gz',
    '7.3.4': 'virtio-mem-x86_64-7.3/x86_64-7.3-virtio-0003.json.gz',
  },
  'device.files': {
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'walks/x86_64-cma-high.json.gz',
    '7.3.4': 'walks/x86_64-hole-above.json.gz',
  },
  'device.ejectBegun': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'arm64-5.10/arm64-5.10-0003.json.gz',
    '6.1': 'x86_64/x86_64-0001.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.3.4': 'arm64-7.3/arm64-7.3-mmom-1.json.gz',
  },
  'device.ejectOutcome': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'arm64-5.10/arm64-5.10-0003.json.gz',
    '6.1': 'x86_64/x86_64-0001.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-3.json.gz',
    '7.3.4': 'walks/x86_64-poison-7.3.json.gz',
  },
  'device.failureStatus': {
    '5.10': 'walks/x86_64-5.10-faults.json.gz',
    '6.1': 'x86_64/x86_64-0005.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5002.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-2.json.gz',
    '7.3.4': 'arm64-7.3/arm64-7.3-mmom-1.json.gz',
  },
  'device.failedRemoval': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-faults.json.gz',
    '6.1': 'x86_64/x86_64-0005.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5002.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-2.json.gz',
    '7.3.4': 'arm64-7.3/arm64-7.3-mmom-1.json.gz',
  },
  'device.checkOfRefused': {
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-2.json.gz',
  },
  'device.existing': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
  },
  'device.nodes': {
    '3.10.108': 'x86_64-3.10/x86_64-3.10-4212.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-empty-node.json.gz',
    '7.3.4': 'x86_64-7.3.4/x86_64-numa-off.json.gz',
  },
  'eject.passes': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-faults.json.gz',
    '6.1': 'x86_64/x86_64-0006.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5002.json.gz',
    '7.3.4': 'x86_64-7.3.4/x86_64-5021.json.gz',
  },
  'eject.lastPass': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
  },
  'eject.reonlines': {
    '3.10.108': 'x86_64-3.10/310-2g-eject-while-online-memcg.json.gz',
    '5.10': 'walks/x86_64-5.10-faults.json.gz',
    '6.1': 'x86_64/x86_64-0006.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5002.json.gz',
    '7.3.4': 'x86_64-7.3.4/x86_64-5021.json.gz',
  },
  'eject.container': {
    '3.10.108': 'x86_64-3.10/310-ghost.json.gz',
    '5.10': 'walks/x86_64-5.10-gigantic-pages.json.gz',
    '6.1': 'walks/x86_64-boot-block-1.json.gz',
    '6.12.117': 'walks/x86_64-poison-6.12.json.gz',
    '6.18.15': 'x86_64-6.18.15/x86_64-5003.json.gz',
    '7.2.13': 'loong64-7.2/loong64-7.2-dimm-nodes-3.json.gz',
    '7.3.4': 'arm64-7.3/arm64-7.3-mmom-1.json.gz',
  },
  'mapping.emptyTables': {
    '6.1': 'x86_64/x86_64-0004.json.gz',
    '6.12.117': 'x86_64-6.12.117/x86_64-5002.json.gz',
    '7.2.13': 's390x-7.2/s390x-7.2-standby-faults-0021.json.gz',
    '7.3.4': 'x86_64-7.3.4/x86_64-5002.json.gz',
  },
  'mapping.bootPages': {
    '7.2.13': 's390x-7.2/s390x-7.2-standby-faults-0021.json.gz',
  },
  'mapping.halfPageTables': {
    '7.2.13': 's390x-7.2/s390x-7.2-standby-faults-0021.json.gz',
  },
  'mapping.directMapAfter': {
    '3.10.108': 'x86_64-3.10/310-tables-128-0-max.json.gz',
  },
  'standby.blocks': {
    '6.1': 's390x-6.1/s390x-6.1-standby-0001.json.gz',
    '7.2.13': 's390x-7.2/s390x-7.2-mmom.json.gz',
  },
  'resizable.emptied': {
    '7.3.4': 'arm64-7.3/arm64-7.3-virtio-retried.json.gz',
  },
  'resizable.unit': {
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
    '6.1': 'virtio-mem-x86_64-6.1/x86_64-6.1-virtio-full.json.gz',
    '6.12.117': 'arm64-6.12/arm64-6.12-virtio-0001.json.gz',
    '7.3.4': 'virtio-mem-x86_64-7.3/x86_64-7.3-virtio-0001.json.gz',
  },
  'resizable.zones': {
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
  },
  'resizable.waiting': {
    '5.10': 'walks/x86_64-5.10-virtio-mem.json.gz',
  },
}
