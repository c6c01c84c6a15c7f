import { allocatePages, freePages } from '../allocator/allocate'
import type { FrameSource } from '../model/frame-source'
import type { Machine } from '../model/machine'

/** Pages for page tables and the memmap from the machine's page allocator: kernel memory, which never moves. */
export const machineFrames = (machine: Machine): FrameSource => ({
  allocate: ({ order, nodeId, kind }) =>
    order > machine.geometry.maxOrder
      ? null
      : allocatePages(machine, { order, nodeId, mobility: 'unmovable', kind }),
  free: (frame) => freePages(machine, frame),
})
