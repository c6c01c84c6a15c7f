import type { CapturedKernel } from '@memhp/core/plugin'
import { PAGE_SIZES } from './options'

/** The size of pages. Levels follow from it. */
export const describeLoongArch = ({
  pageBytes,
}: CapturedKernel): Readonly<Record<string, unknown>> =>
  PAGE_SIZES.includes(pageBytes) ? { pageBytes } : {}
