import { type GenerationOfRelease, generationOfRelease, KERNELS } from '@memhp/core'
import type { Topology } from '@memhp/topology'

/** What is known of the kernel of a machine; undefined where its release is not told. */
export const kernelOf = ({ release }: Topology): GenerationOfRelease | undefined =>
  generationOfRelease(release ?? '', KERNELS)
