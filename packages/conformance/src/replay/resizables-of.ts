import { KIB, MIB } from '@memhp/core'
import type { PlatformFacts, PortFacts } from '@memhp/core/plugin'
import type { TraceMachineResizable } from '@memhp/trace'
import type { TraceStart } from './trace-start'

/** Wakeup sources that a guest of machine q35 has before a device is plugged: what is plugged into port N has the next ones. */
const WAKEUP_SOURCES = 11

/** What a trace says of devices of changing size, and of the ports that more of them go into. */
export function resizablesOf(start: TraceStart): PlatformFacts {
  const { virtio, ports = 0, virtio_others: others = 0 } = start.machine
  if (virtio === undefined && ports === 0) return {}
  const resizableBlockBytes = defaultBlockOf(start)
  return {
    resizable: (virtio ?? []).map(({ id, max_mib: max, requested_mib: requested, ...device }) => ({
      id,
      maxBytes: max * MIB,
      requestedBytes: requested * MIB,
      node: device.node,
      ...(device.block_kib == null ? {} : { blockBytes: device.block_kib * KIB }),
    })),
    ...(resizableBlockBytes === undefined ? {} : { resizableBlockBytes }),
    ...(others === 0 ? {} : { otherDevices: others }),
    ...(keepsDevices(start) ? { keepsResizables: true } : {}),
    ports: Array.from(
      { length: ports },
      (_, port): PortFacts => ({
        name: `rp${port}`,
        ...(wakes(start) ? { wakeup: `wakeup${WAKEUP_SOURCES + port}` } : {}),
      }),
    ),
  }
}

/** Whether devices in its ports may wake the machine. */
const wakes = ({ machine }: TraceStart): boolean =>
  (machine.qemu_args ?? []).some((arg) => /^(?:type=)?(?:pc-)?q35\b/.test(arg))

/** What QEMU 7.2 says whatever is plugged of the device. */
const KEPT = 'virtio based memory devices cannot be unplugged.'

/** Whether the hypervisor lets no such device go: older recordings do not name it. */
const keepsDevices = ({ machine, steps = [] }: TraceStart): boolean =>
  machine.virtio_kept ?? steps.some(({ result }) => result.error === KEPT)

/** The device block of a device that was asked for without one: the hypervisor's default depends on its own host. */
function defaultBlockOf({ machine, steps = [] }: TraceStart): number | undefined {
  const isAsked = new Map((machine.virtio ?? []).map((device) => [device.id, asksBlock(device)]))
  for (const { op, result } of steps) {
    if (op.op === 'plugv') isAsked.set(op.id, op.block_kib !== undefined)
    const told = result.virtio?.find(([id]) => isAsked.get(id) === false)
    if (told !== undefined) return told[5]
  }
  return undefined
}

const asksBlock = ({ block_kib: block }: TraceMachineResizable): boolean => block != null
