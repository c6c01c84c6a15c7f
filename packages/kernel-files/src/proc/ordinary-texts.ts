import { formatMeminfoLine } from './meminfo'

/**
 * What Debian's kernels print, in their order; `name@6.12`: from that version on, `name<7.3`: before it. Source: recorded guests of x86_64
 * (Linux 5.10, 6.1, 7.3) and arm64 (6.12, 7.3); the versions between as `docs/kernels.md` has them. Lines of the direct map are the architecture's.
 */
const MEMINFO = `MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) Inactive(anon) Active(file)
Inactive(file) Unevictable Mlocked SwapTotal SwapFree Zswap@7.0 Zswapped@7.0 Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab
SReclaimable SUnreclaim KernelStack PageTables SecPageTables@6.1 NFS_Unstable Bounce WritebackTmp CommitLimit Committed_AS VmallocTotal
VmallocUsed VmallocChunk Percpu HardwareCorrupted@6.12 AnonHugePages ShmemHugePages ShmemPmdMapped FileHugePages FilePmdMapped CmaTotal@7.2
CmaFree@7.2 Unaccepted@6.12 Balloon@6.16 GPUActive@7.1 GPUReclaim@7.1 HugePages_Total HugePages_Free HugePages_Rsvd HugePages_Surp
Hugepagesize Hugetlb`
const NODE_MEMINFO = `MemTotal MemFree MemUsed SwapCached@6.1 Active Inactive Active(anon) Inactive(anon) Active(file) Inactive(file)
Unevictable Mlocked Dirty Writeback FilePages Mapped AnonPages Shmem KernelStack PageTables SecPageTables@6.1 NFS_Unstable Bounce WritebackTmp
KReclaimable Slab SReclaimable SUnreclaim AnonHugePages ShmemHugePages ShmemPmdMapped FileHugePages FilePmdMapped Unaccepted@6.12
Balloon@6.16 GPUActive@7.1 GPUReclaim@7.1 HugePages_Total HugePages_Free HugePages_Surp`
const NODE_STATISTICS = `nr_inactive_anon nr_active_anon nr_inactive_file nr_active_file nr_unevictable nr_slab_reclaimable
nr_slab_unreclaimable nr_isolated_anon nr_isolated_file workingset_nodes workingset_refault_anon workingset_refault_file
workingset_activate_anon workingset_activate_file workingset_restore_anon workingset_restore_file workingset_nodereclaim nr_anon_pages
nr_mapped nr_file_pages nr_dirty nr_writeback nr_writeback_temp<6.17 nr_shmem nr_shmem_hugepages nr_shmem_pmdmapped nr_file_hugepages
nr_file_pmdmapped nr_anon_transparent_hugepages nr_vmscan_write nr_vmscan_immediate_reclaim nr_dirtied nr_written nr_throttled_written@6.1
nr_kernel_misc_reclaimable nr_foll_pin_acquired nr_foll_pin_released nr_vmalloc@7.1 nr_kernel_stack nr_page_table_pages@6.1
nr_sec_page_table_pages@6.1 nr_iommu_pages@6.12 nr_swapcached@6.1 pgpromote_success@6.1 pgpromote_candidate@6.1 pgpromote_candidate_nrl@6.18
pgdemote_kswapd@6.12 pgdemote_direct@6.12 pgdemote_khugepaged@6.12 pgdemote_proactive@7.1 pgsteal_kswapd@7.1 pgsteal_direct@7.1
pgsteal_khugepaged@7.1 pgsteal_proactive@7.1 pgsteal_anon@7.1 pgsteal_file@7.1 pgscan_kswapd@7.1 pgscan_direct@7.1 pgscan_khugepaged@7.1
pgscan_proactive@7.1 pgscan_anon@7.1 pgscan_file@7.1 pgrotate_anon@7.3 pgrotate_file@7.3 pgrefill@7.1 nr_hugetlb@6.16
nr_balloon_pages@6.16 nr_kernel_file_pages@6.18 nr_gpu_active@7.1 nr_gpu_reclaim@7.1`
const WATERMARKS = 'boost@6.1 min low high promo@6.12'
const ZONE_STATISTICS = `nr_free_pages nr_free_pages_blocks@6.16 nr_zone_inactive_anon nr_zone_active_anon nr_zone_inactive_file
nr_zone_active_file nr_zone_unevictable nr_zone_write_pending nr_mlock nr_page_table_pages<6.1 nr_bounce<6.16 nr_zspages nr_free_cma nr_unaccepted@6.12 numa_hit
numa_miss numa_foreign numa_interleave numa_local numa_other`
const AFTER_LISTS = 'reserved_highatomic@6.19 free_highatomic@6.19'

/** A version as one number: 6.12 is 6012. */
const versionNumber = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1000 + minor
}

/** The oldest whose lines were recorded. */
const OLDEST = versionNumber('5.10')

/** The names that a version prints. */
function namesOf(table: string, version: number): string[] {
  return table.split(/\s/).flatMap((entry) => {
    const [, name = entry, sign, bound = ''] = /^(.*?)([@<])(.*)$/.exec(entry) ?? []
    if (sign === undefined) return [name]
    return version < versionNumber(bound) === (sign === '<') ? [name] : []
  })
}

/** Sizes that are fixed: those of x86_64's vmalloc area and of its huge pages. In kB. */
const FIXED_KIB: Readonly<Record<string, number>> = {
  VmallocTotal: 2 ** 35 - 1,
  Hugepagesize: 2048,
}

function meminfo(table: string, version: number, node?: number): string {
  return namesOf(table, version)
    .map((name) => {
      const unit = name.startsWith('HugePages_') ? 'count' : 'kB'
      return `${formatMeminfoLine([name, { value: FIXED_KIB[name] ?? 0, unit }], node)}\n`
    })
    .join('')
}

const statistic = (name: string): string => `      ${name.padEnd(12)} 0`
const limit = (name: string): string => `        ${name.padEnd(8)} 0`

/** One zone, which has the lines of all. */
function zoneinfo(version: number): string {
  const isNew = version >= versionNumber('6.16')
  const list = isNew
    ? ['count:   ', 'high:    ', 'batch:   ', 'high_min:', 'high_max:']
    : ['count:', 'high: ', 'batch:']
  const lines = [
    'Node 0, zone   Normal',
    '  per-node stats',
    ...namesOf(NODE_STATISTICS, version).map(statistic),
    '  pages free     0',
    ...namesOf(`${WATERMARKS} spanned present managed cma@6.1`, version).map(limit),
    '        protection: (0, 0, 0, 0, 0)',
    ...namesOf(ZONE_STATISTICS, version).map(statistic),
    '  pagesets',
    '    cpu: 0',
    ...list.map((name) => `              ${name} 0`),
    '  vm stats threshold: 0',
    '  node_unreclaimable:  0',
    '  start_pfn:           0',
    ...namesOf(AFTER_LISTS, version).map((name) => `  ${`${name}:`.padEnd(20)} 0`),
  ]
  return `${lines.join('\n')}\n`
}

/**
 * The texts of `/proc/meminfo`, `/proc/zoneinfo` and the nodes' meminfo with every line that a kernel of Debian prints, and counters of 0: what
 * a machine shows its counts over that no host was captured for. Programs find the lines they look for.
 * @param kernel `version`: `6.12`; `nodes`: their numbers @returns texts by path; none for a version whose lines were not recorded (before 5.10)
 */
export function ordinaryTexts(kernel: {
  readonly version: string
  readonly nodes: readonly number[]
}): Readonly<Record<string, string>> {
  const version = versionNumber(kernel.version)
  if (version < OLDEST) return {}
  return {
    '/proc/meminfo': meminfo(MEMINFO, version),
    '/proc/zoneinfo': zoneinfo(version),
    ...Object.fromEntries(
      kernel.nodes.map((node) => [
        `/sys/devices/system/node/node${node}/meminfo`,
        meminfo(NODE_MEMINFO, version, node),
      ]),
    ),
  }
}
