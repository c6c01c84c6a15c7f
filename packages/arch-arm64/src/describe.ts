import type { CapturedKernel } from '@memhp/core/plugin'
import { PAGE_SIZES } from './options'

/** The size of pages. Bits of addresses no file tells, and the linear map is not counted: the command line decides. */
export const describeArm64 = ({ pageBytes }: CapturedKernel): Readonly<Record<string, unknown>> =>
  PAGE_SIZES.includes(pageBytes) ? { pageBytes } : {}
