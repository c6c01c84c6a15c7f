import type { Pfn, SectionNr } from '../address/brand'

/**
 * Tables with 16 bytes for each page, which memory cgroups need until Linux 3.19: the first page of each one that was
 * allocated since boot. Where those of boot sections lie is not known.
 */
export type PageCgroupTables = Map<SectionNr, Pfn>
