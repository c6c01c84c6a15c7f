import type { Generation } from '../model/generation'
import { KERNELS } from './generations'
import { RFC9 } from './rfc9'
import { V3_10 } from './v3-10'

/** All generations, oldest first: `KERNELS`, and those of the series of 2012, which bring code. @public */
export const GENERATIONS: readonly Generation[] = /* @__PURE__ */ [RFC9, V3_10].concat(KERNELS)
