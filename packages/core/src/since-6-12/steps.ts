import { bringNodeOnline } from '../hotplug/add'
import { stepsBeside } from '../hotplug/placed-steps'
import { undoIsolation } from '../isolation/online-range'
import type { GenerationRules } from '../model/generation-rules'
import type { OtherSteps } from '../model/steps'
import { takeNodeOffline } from '../node/node-online'
import { askMemoryChain, askNodeChain, tellMemoryChain, tellNodeChain } from '../notify/notify'
import { placeThreads } from './place-threads'
import { refusePoisoned } from './refuse-poisoned'

const tellsNodes = ({ notifier }: GenerationRules): boolean => notifier.nodes === 'told'

/** What only kernels after 6.1 do in a transaction. Source: mm/memory_hotplug.c and drivers/base/memory.c 6.12, 6.18. */
export const STEPS_SINCE_6_12: OtherSteps = /* @__PURE__ */ stepsBeside({
  add: {
    mayRefuse: [
      {
        name: 'node online',
        before: 'memmap',
        when: ({ add }) => add.firstOfNode === 'before-blocks',
        act: (machine, adding, tx) => {
          const node = bringNodeOnline(machine, adding)
          if (node !== undefined) tx.onUndo(() => takeNodeOffline(machine, node))
        },
      },
    ],
  },
  online: {
    mayRefuse: [
      {
        name: 'poison',
        before: 'attach',
        when: ({ online }) => online.poisoned === 'refused',
        act: (machine, { block }) => refusePoisoned(machine, block),
      },
      {
        name: 'prepare',
        before: 'attach',
        when: ({ notifier }) => notifier.events.includes('MEM_PREPARE_ONLINE'),
        act: (machine, { notice }) => askMemoryChain(machine, 'MEM_PREPARE_ONLINE', notice),
        undo: (machine, { notice }) => tellMemoryChain(machine, 'MEM_FINISH_OFFLINE', notice),
      },
      {
        name: 'node notify',
        before: 'notify',
        when: tellsNodes,
        act: (machine, { notice }) => askNodeChain(machine, 'NODE_ADDING_FIRST_MEMORY', notice),
        cleanup: (machine, { notice }) =>
          tellNodeChain(machine, 'NODE_CANCEL_ADDING_FIRST_MEMORY', notice),
      },
    ],
    certain: [
      {
        name: 'threads',
        before: 'tell',
        when: ({ online }) => online.threads === 'on-node',
        act: (machine, { notice }) => placeThreads(machine, notice),
      },
      {
        name: 'tell node',
        before: 'tell',
        when: tellsNodes,
        act: (machine, { notice }) => tellNodeChain(machine, 'NODE_ADDED_FIRST_MEMORY', notice),
      },
    ],
  },
  offline: {
    mayRefuse: [
      {
        name: 'node notify',
        before: 'notify',
        when: tellsNodes,
        act: (machine, { notice }) => askNodeChain(machine, 'NODE_REMOVING_LAST_MEMORY', notice),
        cleanup: (machine, { zone, usable: range, notice }) => {
          undoIsolation(machine, { zone, range })
          tellNodeChain(machine, 'NODE_CANCEL_REMOVING_LAST_MEMORY', notice)
        },
      },
    ],
    certain: [
      {
        name: 'tell node',
        before: 'tell',
        when: tellsNodes,
        act: (machine, { notice }) => tellNodeChain(machine, 'NODE_REMOVED_LAST_MEMORY', notice),
      },
      {
        name: 'finish',
        when: ({ notifier }) => notifier.events.includes('MEM_FINISH_OFFLINE'),
        act: (machine, { notice }) => tellMemoryChain(machine, 'MEM_FINISH_OFFLINE', notice),
      },
    ],
  },
})
