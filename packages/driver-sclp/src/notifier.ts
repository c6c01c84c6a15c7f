import type { Machine, MemoryNotifier } from '@memhp/core'
import { assignStorage, attachElements, isStandby, unassignStorage } from './increments'

/**
 * What the driver does as a block comes online or goes offline. The answer to a refused assignment is the bare refusal: the
 * writer gets EPERM, whatever the hypervisor said.
 * Source: sclp_mem_notifier, drivers/s390/char/sclp_cmd.c 6.1; spec 6.3
 */
export const storageNotifier =
  (machine: Machine, incrementBytes: number): MemoryNotifier =>
  (event, { startPfn, pageCount }) => {
    const { pageBytes } = machine.geometry
    const range = { start: startPfn * pageBytes, end: (startPfn + pageCount) * pageBytes }
    attachElements(machine)
    switch (event) {
      case 'MEM_GOING_ONLINE':
        return assignStorage(machine, range, incrementBytes) ? 'ok' : 'bad'
      case 'MEM_GOING_OFFLINE':
        return isStandby(machine, range) ? 'bad' : 'ok'
      case 'MEM_CANCEL_ONLINE':
      case 'MEM_OFFLINE':
        unassignStorage(machine, range, incrementBytes)
        return 'ok'
      default:
        return 'ok'
    }
  }
