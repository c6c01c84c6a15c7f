import type { CallbackDeed, MachineOperation } from '@memhp/trace'
import { z } from 'zod'
import { count, fields, oneOf } from './values'

const text = z.string().max(65_536)
const given = z.string().min(1).max(4096)
const policy = oneOf(['prefer', 'bind'])
const bytes = { start: count, end: count }
const amount = { node: count, mib: z.number().nonnegative(), policy }
const huge = { mib: z.exactOptional(count), node: count, count }

const one = <Op extends MachineOperation['op'], Shape extends z.core.$ZodLooseShape>(
  op: Op,
  shape: Shape,
): z.ZodObject<z.core.$ZodLooseShape, z.core.$strict> => fields({ op: z.literal(op), ...shape })

/** An operation in the form of traces, as a simulation writes it. */
export const machineOperation: z.ZodType<MachineOperation> = z.union([
  one('plug', {
    id: given,
    mib: z.number().positive(),
    node: count,
    address: z.exactOptional(count),
    slot: z.exactOptional(count),
  }),
  one('unplug', { id: given }),
  one('request', { id: given, kib: count }),
  one('plugv', {
    id: given,
    max_mib: count,
    node: count,
    requested_mib: z.exactOptional(count),
    block_kib: z.exactOptional(count),
    bus: z.exactOptional(given),
  }),
  one('write', { path: given.regex(/^\//, 'expected an absolute path'), value: text }),
  one('fill', { file: given, ...amount }),
  one('allocate', { name: given, as: oneOf(['anonymous', 'kernel']), ...amount }),
  one('drop', { file: given }),
  one('inject', { event: oneOf(['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE']), errno: z.int() }),
  ...(['pin', 'unpin'] as const).map((op) =>
    one(op, { name: given, first: z.exactOptional(count), pages: z.exactOptional(count) }),
  ),
  one('obstruct', { name: given, block: count, pages: count }),
  one('take-huge', { name: given, ...huge, state: oneOf(['free', 'used']) }),
  ...(['reserve-huge', 'use-huge', 'release-huge', 'shrink-huge'] as const).map((op) =>
    one(op, huge),
  ),
  one('add', { ...bytes, node: count, memmapOnMemory: z.exactOptional(z.literal(true)) }),
  ...(['remove', 'offline-and-remove'] as const).map((op) => one(op, bytes)),
  one('settle', {}),
  one('tick', { ms: count }),
  ...(['snapshot', 'restore'] as const).map((op) => one(op, { name: given })),
]) as unknown as z.ZodType<MachineOperation>

/** What a callback does at one of its calls. */
export const callbackDeed: z.ZodType<CallbackDeed> = fields({
  by: oneOf(['notifier', 'listener']),
  call: count,
  act: z.union([z.literal('throw'), machineOperation]),
})
