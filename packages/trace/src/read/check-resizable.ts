import { COUNT_LIMIT, isCount, isRecord, MIB_LIMIT } from './limits'
import { refuse } from './refuse'

const isMib = (value: unknown): boolean => isCount(value, MIB_LIMIT)

function checkDevice(device: unknown, place: string): void {
  if (!isRecord(device)) refuse(place, 'must be an object.')
  const { id, max_mib: max, requested_mib: requested, node, block_kib: block } = device
  if (typeof id !== 'string') refuse(`${place}/id`, 'must be text.')
  if (!isMib(max)) refuse(`${place}/max_mib`, 'must be MiB, a whole number.')
  if (!isMib(requested)) refuse(`${place}/requested_mib`, 'must be MiB, a whole number.')
  if (!isCount(node, COUNT_LIMIT)) refuse(`${place}/node`, 'must be the number of a node.')
  if (block != null && !isCount(block, MIB_LIMIT * 1024))
    refuse(`${place}/block_kib`, 'must be KiB, a whole number, or null.')
}

function checkCma(cma: unknown): void {
  if (!isRecord(cma)) refuse('machine/cma', 'must be an object.')
  for (const [zone, pages] of Object.entries(cma))
    if (!isCount(pages, MIB_LIMIT * 256))
      refuse(`machine/cma/${zone}`, 'must be pages, a whole number.')
}

/** Checks what a trace says of devices of changing size that its machine has. @throws HotplugError BAD_TRACE */
export function checkMachineResizable(machine: Readonly<Record<string, unknown>>): void {
  const { virtio = [], ports = 0, virtio_others: others = 0, qemu_args: args = [] } = machine
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string'))
    refuse('machine/qemu_args', 'must be a list of texts.')
  if (!isCount(ports, COUNT_LIMIT)) refuse('machine/ports', 'must be the number of root ports.')
  if (!isCount(others, COUNT_LIMIT))
    refuse('machine/virtio_others', 'must be the number of other virtio devices.')
  if (machine.virtio_kept !== undefined && typeof machine.virtio_kept !== 'boolean')
    refuse('machine/virtio_kept', 'must be true or false.')
  checkCma(machine.cma ?? {})
  if (!Array.isArray(virtio)) refuse('machine/virtio', 'must list devices.')
  for (const [i, device] of virtio.entries()) checkDevice(device, `machine/virtio/${i}`)
}

const SETTLED: readonly unknown[] = [undefined, 'reached', 'short', 'moving']

/** Checks what a step says of such devices. @throws HotplugError BAD_TRACE */
export function checkResizable(result: Readonly<Record<string, unknown>>, place: string): void {
  const { virtio = [], settled } = result
  if (!SETTLED.includes(settled)) refuse(`${place}/settled`, 'must be reached, short or moving.')
  if (!Array.isArray(virtio)) refuse(`${place}/virtio`, 'must be a list.')
  for (const [i, device] of virtio.entries()) {
    const [id, ...numbers]: unknown[] = Array.isArray(device) ? device : []
    if (typeof id !== 'string' || numbers.length !== 6 || !numbers.every(Number.isSafeInteger))
      refuse(`${place}/virtio/${i}`, 'must be [id, address, bytes, requested, max, block, node].')
  }
}
