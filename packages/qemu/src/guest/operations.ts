import { posix } from 'node:path'
import type { Answer, Operation, OperationOf } from '@memhp/trace'
import { errnoName } from '../agent/errno'
import { quoteWord } from '../agent/shell-words'
import { backendOf } from '../launch/resizables'
import type { QmpClient } from '../qmp/client'
import { QmpError } from '../qmp/errors'
import { type GuestLanes, type GuestWriteOptions, writeInGuest } from './guest-tree'

/** What operations are carried out on. */
export interface OperationContext {
  readonly qmp: QmpClient
  readonly lanes: GuestLanes
}

const KIB = 2 ** 10
const MIB = 2 ** 20

/** What QEMU refuses is a result, not an error. */
async function refusable(act: () => Promise<unknown>): Promise<Answer> {
  try {
    await act()
    return {}
  } catch (error) {
    if (!(error instanceof QmpError)) throw error
    return { error: error.desc }
  }
}

function plug(
  { qmp }: OperationContext,
  { id, mib, node, address: addr, slot }: OperationOf<'plug'>,
): Promise<Answer> {
  return refusable(async () => {
    const backend = backendOf(id)
    await qmp.execute('object-add', {
      'qom-type': 'memory-backend-ram',
      id: backend,
      size: mib * MIB,
    })
    try {
      await qmp.execute('device_add', {
        ...{ driver: 'pc-dimm', id, memdev: backend, node },
        ...(addr === undefined ? {} : { addr }),
        ...(slot === undefined ? {} : { slot }),
      })
    } catch (error) {
      await qmp.execute('object-del', { id: backend }).catch(() => {})
      throw error
    }
  })
}

function plugResizable(
  { qmp }: OperationContext,
  {
    id,
    max_mib: max,
    node,
    requested_mib: requested = 0,
    block_kib: block,
    bus,
  }: OperationOf<'plugv'>,
): Promise<Answer> {
  const memdev = backendOf(id)
  return refusable(async () => {
    await qmp.execute('object-add', {
      'qom-type': 'memory-backend-ram',
      id: memdev,
      size: max * MIB,
    })
    try {
      await qmp.execute('device_add', {
        ...{ driver: 'virtio-mem-pci', id, memdev, node, 'requested-size': requested * MIB },
        ...(block === undefined ? {} : { 'block-size': block * KIB }),
        ...(bus === undefined ? {} : { bus }),
      })
    } catch (error) {
      await qmp.execute('object-del', { id: memdev }).catch(() => {})
      throw error
    }
  })
}

const resize = ({ qmp }: OperationContext, { id, kib }: OperationOf<'request'>): Promise<Answer> =>
  refusable(() =>
    qmp.execute('qom-set', {
      path: `/machine/peripheral/${id}`,
      property: 'requested-size',
      value: kib * KIB,
    }),
  )

async function write(
  { lanes }: OperationContext,
  { path, value }: OperationOf<'write'>,
  options: GuestWriteOptions,
): Promise<Answer> {
  const answer = await writeInGuest(lanes, { path, text: value }, options)
  return { errno: answer.status === 0 ? null : errnoName(answer) }
}

async function fill(
  { lanes }: OperationContext,
  { file, node, mib, policy }: OperationOf<'fill'>,
): Promise<Answer> {
  const words = [posix.dirname(file), file, String(node), String(mib), policy]
  const { status } = await lanes.work.request(`fill ${words.map(quoteWord).join(' ')}`)
  return { ok: status === 0 }
}

/** The files that were filled and do not read as they were written. */
export async function corruptFiles({ lanes }: OperationContext): Promise<string[]> {
  const { stdout } = await lanes.work.request('check')
  const lines = stdout.toString().split('\n')
  return lines.filter(Boolean).map((line) => line.replace(/: FAILED.*$/, ''))
}

async function drop(context: OperationContext, { file }: OperationOf<'drop'>): Promise<Answer> {
  const corrupt = await corruptFiles(context)
  const words = [posix.dirname(file), file].map(quoteWord).join(' ')
  const { status } = await context.lanes.work.request(`drop ${words}`)
  return { ok: status === 0, ...(corrupt.length === 0 ? {} : { corrupt }) }
}

async function inject(
  { lanes }: OperationContext,
  { event, errno }: OperationOf<'inject'>,
): Promise<Answer> {
  const { status } = await lanes.work.request(`inject ${quoteWord(event)} ${errno}`)
  return { ok: status === 0 }
}

/** Carries out one operation; what QEMU or the kernel refuses is a result. */
export function carryOut(
  context: OperationContext,
  operation: Operation,
  options: GuestWriteOptions = {},
): Promise<Answer> {
  switch (operation.op) {
    case 'plug':
      return plug(context, operation)
    case 'unplug':
      return refusable(() => context.qmp.execute('device_del', { id: operation.id }))
    case 'request':
      return resize(context, operation)
    case 'plugv':
      return plugResizable(context, operation)
    case 'write':
      return write(context, operation, options)
    case 'fill':
      return fill(context, operation)
    case 'drop':
      return drop(context, operation)
    case 'inject':
      return inject(context, operation)
  }
}
