/**
 * Where the kernel keeps the struct pages of its sections.
 *
 * | kind | where | an added section takes | source |
 * | --- | --- | --- | --- |
 * | vmemmap | one virtual array, the vmemmap region | leaves of that region | CONFIG_SPARSEMEM_VMEMMAP |
 * | virtual | likewise, but the array is as long as boot made it: `mappable` ends with it | leaves of that region | ia64, CONFIG_VIRTUAL_MEM_MAP |
 * | perSection | pages for each section alone | one chunk, or page by page where there is none | classic CONFIG_SPARSEMEM |
 * | flat | one array of boot's, for all memory that there can be | nothing | CONFIG_FLATMEM |
 * @beta
 */
export interface MemmapModel {
  readonly kind: 'vmemmap' | 'virtual' | 'perSection' | 'flat'
  /**
   * `never` on ia64 and sparc64, whose vmemmap_free is empty: struct pages stay where their section has gone, and serve the
   * next one there. Default: they go with their section.
   */
  readonly freed?: 'never'
}

/** Whether the struct pages are those of one virtual array, in the vmemmap region. */
export const isVirtualArray = ({ kind }: MemmapModel): boolean =>
  kind === 'vmemmap' || kind === 'virtual'
