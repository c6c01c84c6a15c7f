import {
  injectNotifierError,
  type Machine,
  type PlugRequest,
  platformOf,
  settle,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import type { Action, OnlineAction, PlugAction, PoisonAction, ReadAction } from '../format/action'
import { PATH_BASE } from '../format/path'
import { returnToSnapshot, type Session, saveSnapshot } from '../session/session'
import { dropMemory, fillMemory, pinMemory, placeUnmovable, takeHugePages } from './take-memory'

const ONLINE_WORDS: Readonly<Record<OnlineAction['zone'], string>> = {
  default: 'online',
  kernel: 'online_kernel',
  movable: 'online_movable',
}

const ACPI_BUS = '/sys/bus/acpi/devices'
const DLPAR = '/sys/kernel/dlpar'

/**
 * Does to the machine what an action says. Deferred work is left for the machine to settle.
 * @returns the text that `read` read, else undefined
 * @throws HotplugError as the machine refuses; BAD_ARGUMENT for names that nobody gave, or that are taken
 */
export function carryOut(session: Session, action: Action): string | undefined {
  if (action.kind === 'read') return session.machine.tree.read(action.path)
  act(session, action)
  return undefined
}

function act(session: Session, action: Exclude<Action, ReadAction>): void {
  const { machine } = session
  switch (action.kind) {
    case 'plug':
      plug(machine, action)
      break
    case 'unplug':
      platformOf(machine, action.driver).requestUnplug(machine, action.id)
      break
    case 'online':
      writeStates(machine, action.blocks, ONLINE_WORDS[action.zone])
      break
    case 'offline':
      writeStates(machine, action.blocks, 'offline')
      break
    case 'write':
      machine.tree.write(action.path, action.value)
      break
    case 'eject':
      eject(machine, action.device)
      break
    case 'poison':
      poison(machine, action)
      break
    case 'inject':
      injectNotifierError(machine, action)
      break
    case 'settle':
      settle(machine)
      break
    case 'check':
      checkInvariants(machine)
      break
    default:
      actByName(session, action)
  }
}

/** Actions that give or use a name. */
function actByName(session: Session, action: Extract<Action, { readonly name: string }>): void {
  switch (action.kind) {
    case 'fill':
      fillMemory(session, action)
      break
    case 'unmovable':
      placeUnmovable(session, action)
      break
    case 'hugepages':
      takeHugePages(session, action)
      break
    case 'drop':
      dropMemory(session, action.name)
      break
    case 'pin':
    case 'unpin':
      pinMemory(session, action)
      break
    case 'snapshot':
      saveSnapshot(session, action.name)
      break
    case 'restore':
      returnToSnapshot(session, action.name)
      break
  }
}

/** A device on the ACPI bus, or an LMB of a POWER partition by its name or DRC index. */
function eject(machine: Machine, device: string): void {
  const index = /^(?:lmb@|0x)([0-9a-f]{1,8})$/i.exec(device)?.[1]
  if (index === undefined) machine.tree.write(`${ACPI_BUS}/${device}/eject`, '1')
  else machine.tree.write(DLPAR, `memory remove index 0x${index}`)
}

function plug(machine: Machine, action: PlugAction): void {
  const { id, sizeBytes, node, address, slot } = action
  const request: PlugRequest = {
    id,
    sizeBytes,
    node,
    ...(address === undefined ? {} : { address }),
    ...(slot === undefined ? {} : { slot }),
  }
  platformOf(machine, action.driver).plug(machine, request)
}

function writeStates(machine: Machine, blocks: readonly number[], word: string): void {
  for (const block of blocks) machine.tree.write(`${PATH_BASE}/memory${block}/state`, word)
}

function poison(machine: Machine, { block, page }: PoisonAction): void {
  const { pageBytes, pagesPerBlock } = machine.geometry
  const address = (block * pagesPerBlock + page) * pageBytes
  machine.tree.write(`${PATH_BASE}/hard_offline_page`, `0x${address.toString(16)}`)
}
