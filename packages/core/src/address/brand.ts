declare const brand: unique symbol

/** A number that must not be mixed with other numbers. @public */
export type Brand<Name extends string> = number & { readonly [brand]: Name }

/** A page frame number: physical address divided by the page size. @public */
export type Pfn = Brand<'Pfn'>
/** A physical address in bytes. All supported physical spaces end below 2^53. @public */
export type PhysAddr = Brand<'PhysAddr'>
/** A memory block's number, the N of `memoryN`. @public */
export type BlockId = Brand<'BlockId'>
/** A NUMA node's number. @public */
export type NodeId = Brand<'NodeId'>
/** A section's number: pfn divided by the pages of a section. @public */
export type SectionNr = Brand<'SectionNr'>

/**
 * A page frame number.
 * @param value a whole number from 0
 * @public
 */
export const pfn = (value: number): Pfn => value as Pfn
/**
 * A physical address in bytes.
 * @param value a whole number from 0, below 2^53
 * @public
 */
export const physAddr = (value: number): PhysAddr => value as PhysAddr
/**
 * The id of a memory block: N of `memoryN`.
 * @param value a whole number from 0
 * @public
 */
export const blockId = (value: number): BlockId => value as BlockId
/**
 * A NUMA node number.
 * @param value a whole number from 0
 * @public
 */
export const nodeId = (value: number): NodeId => value as NodeId
/**
 * The number of a section of sparse memory.
 * @param value a whole number from 0
 * @public
 */
export const sectionNr = (value: number): SectionNr => value as SectionNr
