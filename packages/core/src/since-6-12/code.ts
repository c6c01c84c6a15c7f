import type { LaterCode } from '../model/kernel-code'
import { freeBootPages } from './free-boot-pages'
import { nodeFiles } from './node-files'

/** What only kernels after 6.1 do. */
export const CODE_SINCE_6_12: LaterCode = { freeBootPages, nodeFiles }
