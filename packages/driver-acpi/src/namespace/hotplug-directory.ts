import { type Directory, directoryOf, HotplugError, logLine, type Machine } from '@memhp/core'
import { handlerIsOff } from '../handler/attach'
import { acpiState } from '../state'

/** A decimal number as kstrtouint takes it. Source: lib/kstrtox.c 6.1. */
const DECIMAL = /^\+?[0-9]+\n?$/
/** What kstrtobool looks at: one character, or two after an `o`. Source: lib/kstrtox.c 6.1. */
const TRUE = /^(?:[1yYtT]|[oO][nN])/
const FALSE = /^(?:[0nNfF]|[oO][fF])/

const refuse = (file: string, text: string): HotplugError =>
  new HotplugError('BAD_NUMBER', 'EINVAL', `${file} does not take ${JSON.stringify(text)}.`, {
    detail: { file, text },
  })

function storeEnabled(machine: Machine, text: string): void {
  const value = DECIMAL.test(text) ? Number.parseInt(text, 10) : 2
  if (value > 1) throw refuse('hotplug/memory/enabled', text)
  acpiState(machine).hotplugEnabled = value === 1
}

function storeForceRemove(machine: Machine, text: string): void {
  if (FALSE.test(text)) return
  if (TRUE.test(text)) logLine(machine, 'err', 'ACPI: Forced removal is not supported any more')
  throw refuse('hotplug/force_remove', text)
}

/** /sys/firmware/acpi/hotplug: the memory profile exists unless the kernel runs with acpi_no_memhotplug. */
export function hotplugDirectory(machine: Machine): Directory {
  const memory = directoryOf({
    enabled: {
      kind: 'file',
      mode: 0o644,
      show: () => (acpiState(machine).hotplugEnabled ? '1\n' : '0\n'),
      store: (text) => storeEnabled(machine, text),
    },
  })
  const all = directoryOf({
    memory,
    force_remove: {
      kind: 'file',
      mode: 0o644,
      show: () => '0\n',
      store: (text) => storeForceRemove(machine, text),
    },
  })
  const hidden = (name: string): boolean => name === 'memory' && handlerIsOff(machine)
  return {
    kind: 'directory',
    names: () => all.names().filter((name) => !hidden(name)),
    get: (name) => (hidden(name) ? undefined : all.get(name)),
  }
}
