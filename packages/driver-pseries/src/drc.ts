import { type Errno, HotplugError, type Machine } from '@memhp/core'
import { cancelUnplug, failsAt, findDimm, passPoint } from '@memhp/core/plugin'
import { releaseConnector } from './platform'
import { pseriesState } from './state'

/** RTAS status to errno; a raw -1 of the connector handling reaches user space as EPERM. Source: spec 6.2.3. */
const STATUS_ERRNO = { '-1': 'EIO', '-3': 'EINVAL', '-9002': 'ENODEV' } as const satisfies Record<
  string,
  Errno
>

function fail(errno: Errno, drcIndex: number, what: string): never {
  throw new HotplugError('CONNECTOR_REFUSED', errno, `DRC 0x${drcIndex.toString(16)}: ${what}`, {
    detail: { drcIndex },
  })
}

/** Entity sense: 2 (unusable) for a connector that is unusable or has nothing behind it, else 1 (present). */
const isPresent = (machine: Machine, drcIndex: number): boolean =>
  (pseriesState(machine).connectors.get(drcIndex)?.state ?? 'unusable') !== 'unusable'

function setUsable(machine: Machine, drcIndex: number): void {
  passPoint(machine, 'pseries/allocate-connector')
  const connector = pseriesState(machine).connectors.get(drcIndex)
  if (connector === undefined || (connector.state === 'unusable' && connector.unplugRequested)) {
    fail(STATUS_ERRNO['-3'], drcIndex, 'there is nothing behind it that could be used.')
  }
  if (connector.state === 'unusable') connector.state = 'available'
}

/** Unisolating what the platform wants back tells it that the guest refuses: it takes the whole request back. */
function unisolate(machine: Machine, drcIndex: number): void {
  const connector = pseriesState(machine).connectors.get(drcIndex)
  if (connector === undefined || connector.state === 'unusable') {
    fail(STATUS_ERRNO['-3'], drcIndex, 'it is unusable.')
  }
  if (connector.state === 'available') connector.state = 'unisolate'
  else if (connector.unplugRequested) rollbackUnplug(machine, connector.device)
}

/** QEMU: spapr_memory_unplug_rollback. */
function rollbackUnplug(machine: Machine, device: string): void {
  const { connectors, dimms } = pseriesState(machine)
  for (const connector of connectors.values()) {
    if (connector.device === device) connector.unplugRequested = false
  }
  cancelUnplug(machine, findDimm(dimms, device))
}

/**
 * Acquires a connector: sense, make usable, unisolate. @throws HotplugError CONNECTOR_REFUSED (EPERM, EINVAL)
 * Source: dlpar_acquire_drc, arch/powerpc/platforms/pseries/dlpar.c 6.1; spec 6.2.3.
 */
export function acquireConnector(machine: Machine, drcIndex: number): void {
  passPoint(machine, 'pseries/sense-connector')
  if (isPresent(machine, drcIndex)) fail('EPERM', drcIndex, 'it is in use already.')
  setUsable(machine, drcIndex)
  try {
    passPoint(machine, 'pseries/unisolate-connector')
    unisolate(machine, drcIndex)
  } catch (error) {
    setUnusable(machine, drcIndex)
    throw error
  }
}

/** What it comes to is not looked at. */
function setUnusable(machine: Machine, drcIndex: number): void {
  const connector = pseriesState(machine).connectors.get(drcIndex)
  if (connector?.state === 'available') connector.state = 'unusable'
}

/**
 * Releases a connector: sense, isolate, make unusable. The platform isolates only what it asked back, so that after
 * a removal that the guest began by itself the connector stays configured.
 * Callers in the kernel ignore the outcome, and so does this. Source: spec 6.2.3, 6.2.7.
 */
export function tryReleaseConnector(machine: Machine, drcIndex: number): void {
  const connector = pseriesState(machine).connectors.get(drcIndex)
  if (connector === undefined) return
  const mayGo =
    connector.state === 'available' ||
    (connector.state === 'configured' && connector.unplugRequested)
  if (!mayGo || failsAt(machine, 'pseries/isolate-connector')) return
  connector.state = 'unusable'
  if (connector.unplugRequested) releaseConnector(machine, connector)
}

/** A hint to the platform that a removal failed; without effect where nothing was asked back. */
export function hintRefusal(machine: Machine, drcIndex: number): void {
  if (isPresent(machine, drcIndex)) unisolate(machine, drcIndex)
}

/**
 * ibm,configure-connector: hands the LMB's associativity over and leaves the connector configured. On a connector
 * that is configured already it answers again, and cancels what the platform asked back.
 * @returns node of the LMB
 */
export function configureConnector(machine: Machine, drcIndex: number): number {
  passPoint(machine, 'pseries/configure-connector')
  const state = pseriesState(machine)
  const connector = state.connectors.get(drcIndex)
  const dimm = state.dimms.find(({ id }) => id === connector?.device)
  if (connector === undefined || dimm === undefined) {
    fail(STATUS_ERRNO['-9002'], drcIndex, 'there is nothing to configure.')
  }
  if (connector.state === 'unisolate') connector.state = 'configured'
  if (connector.unplugRequested) rollbackUnplug(machine, connector.device)
  return dimm.node
}
