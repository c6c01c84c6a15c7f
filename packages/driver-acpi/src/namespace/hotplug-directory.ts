import { HotplugError, type Machine } from '@memhp/core'
import {
  type Directory,
  directoryOf,
  logLine,
  parseBool,
  parseUnsigned,
  readWrite,
} from '@memhp/core/plugin'
import { handlerIsOff } from '../handler/attach'
import { acpiState } from '../state'

const refuse = (file: string, text: string, cause?: unknown): HotplugError =>
  new HotplugError('BAD_NUMBER', 'EINVAL', `${file} does not take ${JSON.stringify(text)}.`, {
    detail: { file, text },
    cause,
  })

/** Any text but a decimal 0 or 1 is EINVAL, also a number that does not fit. Source: drivers/acpi/sysfs.c 6.1. */
function parseEnabled(text: string): boolean {
  try {
    const value = parseUnsigned(text, { bits: 32, base: 10 })
    if (value <= 1) return value === 1
  } catch (cause) {
    throw refuse('hotplug/memory/enabled', text, cause)
  }
  throw refuse('hotplug/memory/enabled', text)
}

function storeForceRemove(machine: Machine, text: string): void {
  if (!parseBool(text)) return
  logLine(machine, 'err', 'ACPI: Forced removal is not supported any more')
  throw refuse('hotplug/force_remove', text)
}

/** /sys/firmware/acpi/hotplug: the memory profile is absent with acpi_no_memhotplug. Source: spec 1.7. */
export function hotplugDirectory(machine: Machine): Directory {
  const enabled = readWrite(
    () => (acpiState(machine).hotplugEnabled ? '1\n' : '0\n'),
    (text) => {
      acpiState(machine).hotplugEnabled = parseEnabled(text)
    },
  )
  const all = directoryOf({
    memory: directoryOf({ enabled }),
    force_remove: readWrite(
      () => '0\n',
      (text) => storeForceRemove(machine, text),
    ),
  })
  const hidden = (name: string): boolean => name === 'memory' && handlerIsOff(machine)
  return {
    kind: 'directory',
    names: () => all.names().filter((name) => !hidden(name)),
    get: (name) => (hidden(name) ? undefined : all.get(name)),
  }
}
