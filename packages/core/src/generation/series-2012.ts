import type { Generation } from '../model/generation'
import { RFC9 } from './rfc9'
import { V3_10 } from './v3-10'
import { V5_10 } from './v5-10'
import { V5_10_213 } from './v5-10-213'
import { V6_1 } from './v6-1'
import { V6_1_82 } from './v6-1-82'
import { V6_12 } from './v6-12'
import { V6_18 } from './v6-18'
import { V7_2 } from './v7-2'
import { V7_3 } from './v7-3'

/** All generations, oldest first: `KERNELS`, and those of the series of 2012, which bring code. @public */
export const GENERATIONS: readonly Generation[] = [
  RFC9,
  V3_10,
  V5_10_213,
  V5_10,
  V6_1_82,
  V6_1,
  V6_12,
  V6_18,
  V7_2,
  V7_3,
]
