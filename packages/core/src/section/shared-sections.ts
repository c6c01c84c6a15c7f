import type { Section } from '../model/section'

/** Sections that several states hold, of a machine and of snapshots: none of them may change. */
const SHARED = new WeakSet<Readonly<Section>>()

/** Makes a section one that is copied before it is written. */
export const shareSection = (section: Readonly<Section>): void => void SHARED.add(section)

/** Whether a section will never change again. */
export const isShared = (section: Readonly<Section>): boolean => SHARED.has(section)
