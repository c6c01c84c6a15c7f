// Which of a host's memory devices could go today, and what stands in the way of the others?
// Every device is tried on the twin of the captured host; the host itself is not touched.
import { x86_64 } from '@memhp/arch-x86'
import { restoreSnapshot, SUBSYSTEMS, takeSnapshot } from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { readCaptureFile } from '@memhp/host'
import { rehearse } from '@memhp/rehearsal'
import { readTopology } from '@memhp/topology'
import { twinOf } from '@memhp/twin'

const CAPTURE = new URL('../../../captures/x86_64-dimms-zones.json.gz', import.meta.url)

const capture = await readCaptureFile(process.argv[2] ?? CAPTURE.pathname)
const { machine } = await twinOf(capture, {
  archs: [x86_64],
  drivers: [acpiDriver],
  subsystems: SUBSYSTEMS,
})
const asCaptured = takeSnapshot(machine)
const { devices } = await readTopology(machine.tree)

for (const device of devices.filter(({ blocks }) => blocks.length > 0)) {
  restoreSnapshot(machine, asCaptured)
  const topology = await readTopology(machine.tree)
  const { outcome, diagnosis } = await rehearse(machine, topology, {
    kind: 'device',
    devices: [device.name],
  })
  console.log(`${device.name}: ${outcome}${diagnosis === null ? '' : `, ${diagnosis.message}`}`)
}
