import type { FirmwareWalk, FirmwareWrite, Random, WalkView } from '@memhp/core/plugin'
import { HOTPLUG_ENABLED } from './describe'
import { ACPI_ROOT, MEMORY_DEVICE } from './files'
import { INJECTION_POINTS } from './injection-points'
import { ejectFile } from './removals'

/** Texts of which none is the number 1, but for those that the kernel reads as 1. */
const ODD_TEXTS = ['0', '01', ' 1', '10', '1abc', '\n', 'x']

/** Mostly a device that holds memory. */
function drawEjection(view: WalkView, random: Random): FirmwareWrite | undefined {
  const names = view.names(ACPI_ROOT).filter((name) => name.startsWith(MEMORY_DEVICE))
  const busy = view.plugged.flatMap(({ name }) => name ?? [])
  if (names.length === 0) return undefined
  const name = random.pick(busy.length > 0 && random.percent(85) ? busy : names)
  return { path: ejectFile(name), text: random.percent(90) ? '1' : random.pick(ODD_TEXTS) }
}

/** Ejects the device that is plugged. */
const ejection = ({ plugged }: WalkView): FirmwareWrite => ({
  path: ejectFile(plugged.flatMap(({ name }) => name ?? [])[0] ?? ''),
  text: '1',
})

/** Memory slots; the firmware of one of them may fail to do its part. */
function drawConfig(random: Random): object {
  const slots = random.between({ least: 1, most: 6 })
  if (random.percent(85)) return { slots }
  const faults = random.pick([{ ej0: 'fails' }, { ej0: 'ignored' }, { crs: 'fails' }])
  return { slots, devices: [{ slot: random.below(slots), faults }] }
}

/** Ejections, and the switch of ACPI memory hot-plug. */
export const ACPI_WALK: FirmwareWalk = {
  archs: ['x86_64', 'x86_32', 'aarch64', 'loongarch64', 'ia64'],
  drawConfig,
  requests: [
    { weight: 6, draw: drawEjection },
    {
      weight: 1,
      draw: (_view, random) => ({
        path: HOTPLUG_ENABLED,
        text: random.pick(['1', '1', '0', '2']),
      }),
    },
  ],
  sweep: {
    archs: ['x86_64', 'x86_32', 'aarch64', 'loongarch64', 'ia64'],
    config: (ramEnd) => ({ slots: 2, windowStart: ramEnd }),
    points: INJECTION_POINTS,
    operations: [
      { name: 'a device is plugged', from: 'inserted', by: 'notice' },
      { name: 'firmware asks for a device with offline blocks', from: 'plugged', by: 'unplug' },
      { name: 'firmware asks for a device with online blocks', from: 'online', by: 'unplug' },
      {
        name: 'a device with offline blocks is ejected',
        from: 'plugged',
        by: ejection,
        tells: 'nothing',
      },
      {
        name: 'a device with online blocks is ejected',
        from: 'online',
        by: ejection,
        tells: 'nothing',
      },
    ],
  },
}
