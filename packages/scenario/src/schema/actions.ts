import { z } from 'zod'
import type { Action, ActionKind } from '../format/action'
import { callbackDeed, machineOperation } from './operation'
import { textWant } from './text-want'
import {
  count,
  duration,
  errno,
  fields,
  name,
  numberList,
  oneOf,
  path,
  positive,
  size,
  text,
} from './values'

/** How an action is written: what stands behind its name, and what it is for. */
export interface ActionForm {
  readonly summary: string
  /** What stands behind the name; null is tried too where `bare` is true. */
  readonly argument: z.ZodType<Action>
  /** The name alone may stand for the step: `- settle`. */
  readonly bare?: true
}

/** `short` is a value that stands for a map with this one field: `unplug: dimm1`. */
function form(
  kind: ActionKind,
  argument: z.ZodType<object>,
  short?: { readonly field: string; readonly value: z.ZodType },
): z.ZodType<Action> {
  const brief = short?.value.transform((value) => argument.parse({ [short.field]: value }))
  const either = brief === undefined ? argument : z.union([brief, argument])
  // The fields of each form are those of its action; the compiler cannot see it through the table.
  return either.transform((value) => ({ kind, ...value })) as unknown as z.ZodType<Action>
}

const device = z
  .string()
  .regex(
    /^(?:[A-Z]{3,4}[0-9A-F]{4}:[0-9a-f]{2,}|(?:lmb@|0x)[0-9a-f]{1,8}|dax\d+\.\d+)$/,
    'expected a name on the ACPI bus such as PNP0C80:00, an LMB such as lmb@80000004, or a dax device such as dax0.0',
  )

const pinned = fields({ name, pages: z.exactOptional(positive) })
const named = { field: 'name', value: name }
const driver = z
  .exactOptional(name)
  .meta({ description: 'Firmware driver; default: the only one.' })

/** Every action by its name, in the order of the documentation. */
export const ACTIONS: Readonly<Record<ActionKind, ActionForm>> = {
  plug: {
    summary: 'Plugs a memory device, as a hypervisor’s device_add does.',
    argument: form(
      'plug',
      fields({
        id: name,
        size: size.meta({ description: 'Bytes: 512M' }),
        node: count.default(0),
        address: z.exactOptional(size),
        slot: z.exactOptional(count),
        driver,
      }).transform(({ size: sizeBytes, ...rest }) => ({ ...rest, sizeBytes })),
    ),
  },
  unplug: {
    summary: 'Asks for a device back by firmware, as a hypervisor’s device_del does.',
    argument: form('unplug', fields({ id: name, driver }), { field: 'id', value: name }),
  },
  resize: {
    summary: 'Asks a virtio-mem device for more or less memory, as a hypervisor does.',
    argument: form(
      'resize',
      fields({ id: name, size: size.meta({ description: 'Bytes: 512M' }), driver }).transform(
        ({ size: sizeBytes, ...rest }) => ({ ...rest, sizeBytes }),
      ),
    ),
  },
  online: {
    summary: 'Writes to `state` of blocks, in the order named.',
    argument: form(
      'online',
      fields({
        blocks: numberList,
        zone: oneOf(['default', 'kernel', 'movable']).default('default'),
      }),
      { field: 'blocks', value: numberList },
    ),
  },
  offline: {
    summary: 'Writes `offline` to `state` of blocks, in the order named.',
    argument: form('offline', fields({ blocks: numberList }), {
      field: 'blocks',
      value: numberList,
    }),
  },
  write: {
    summary: 'One write(2) of the value to a file.',
    argument: form('write', fields({ path, value: text })),
  },
  read: {
    summary: 'Reads a file; `expect` compares its text.',
    argument: form('read', fields({ path, expect: z.exactOptional(textWant('is')) }), {
      field: 'path',
      value: path,
    }),
  },
  add: {
    summary: 'Adds memory, past all firmware.',
    argument: form(
      'add',
      fields({ start: size, size, node: count.default(0) }).transform(
        ({ size: sizeBytes, ...rest }) => ({ ...rest, sizeBytes }),
      ),
    ),
  },
  remove: {
    summary: 'Removes a range whose blocks are offline, past all firmware.',
    argument: form(
      'remove',
      fields({ start: size, size }).transform(({ size: sizeBytes, start }) => ({
        start,
        sizeBytes,
        node: 0,
      })),
    ),
  },
  fill: {
    summary: 'Puts known content into memory: a tmpfs file, anonymous or kernel memory.',
    argument: form(
      'fill',
      fields({
        name,
        size,
        node: count.default(0),
        policy: oneOf(['prefer', 'bind']).default('prefer'),
        as: oneOf(['file', 'anonymous', 'kernel']).default('file'),
      }).transform(({ size: sizeBytes, ...rest }) => ({ ...rest, sizeBytes })),
    ),
  },
  drop: {
    summary: 'Frees what fill, unmovable or hugepages took.',
    argument: form('drop', fields({ name }), named),
  },
  pin: {
    summary: 'Takes long-term references to what fill put there: it no longer moves.',
    argument: form('pin', pinned, named),
  },
  unpin: {
    summary: 'Gives the references of `pin` back.',
    argument: form('unpin', pinned, named),
  },
  unmovable: {
    summary: 'Puts kernel pages that cannot move into a block.',
    argument: form('unmovable', fields({ name, block: count, pages: positive.default(1) })),
  },
  hugepages: {
    summary: 'Takes huge pages of a node, into the pool or into use.',
    argument: form(
      'hugepages',
      fields({
        name,
        node: count.default(0),
        count: positive,
        size: z.exactOptional(size).meta({ description: 'Of each; default: a pageblock.' }),
        state: oneOf(['free', 'used']).default('used'),
      }).transform(({ size: sizeBytes, ...rest }) => ({
        ...rest,
        ...(sizeBytes === undefined ? {} : { sizeBytes }),
      })),
    ),
  },
  poison: {
    summary: 'A page of a block reports an uncorrectable error.',
    argument: form('poison', fields({ block: count, page: count.default(0) })),
  },
  inject: {
    summary: 'Makes the memory notifier chain refuse an event; errno 0 makes it healthy again.',
    argument: form(
      'inject',
      fields({
        event: oneOf(['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE']),
        errno: z.union([z.literal(0).transform(() => null), errno]),
      }),
    ),
  },
  eject: {
    summary:
      'Writes 1 to the `eject` file of a device on the ACPI bus; has an LMB, by name or DRC index, removed by DLPAR; unbinds kmem from a dax device.',
    argument: form('eject', fields({ device }), { field: 'device', value: device }),
  },
  operation: {
    summary:
      'One operation as simulations draw them; every invariant is checked over and after it.',
    argument: form(
      'operation',
      fields({
        do: machineOperation,
        fault: z
          .exactOptional(fields({ index: count.default(0), point: z.exactOptional(text), errno }))
          .meta({
            description:
              'What is made to fail: an injection point by its name, or a step of its transaction. Counted from 0.',
          }),
        callback: z.exactOptional(callbackDeed).meta({
          description:
            'A callback that throws, or asks for another operation, at one of its calls.',
        }),
      }),
    ),
  },
  settle: {
    summary: 'Runs deferred work until none is left.',
    argument: plain('settle'),
    bare: true,
  },
  tick: {
    summary: 'Lets time pass: what fell short is tried again when its timer runs out.',
    argument: form('tick', fields({ time: duration }), { field: 'time', value: duration }),
  },
  snapshot: {
    summary: 'Remembers the machine under a name.',
    argument: form('snapshot', fields({ name }), named),
  },
  restore: {
    summary: 'Puts the machine back to a snapshot.',
    argument: form('restore', fields({ name }), named),
  },
  check: {
    summary: 'Checks the invariants of the machine and of its plugins.',
    argument: plain('check'),
    bare: true,
  },
}

function plain(kind: ActionKind): z.ZodType<Action> {
  return z
    .null({ error: `${kind} takes no argument` })
    .transform(() => ({ kind })) as unknown as z.ZodType<Action>
}
