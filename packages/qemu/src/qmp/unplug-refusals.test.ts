import { expect, test } from 'vitest'
import { REFUSAL_PATTERN, refusalInLine } from '../index'

const passedOn = (event: string, data: string): string =>
  `event ${event} at 1796010304.501802 for domain 'vm1': ${data}`
const ost = (status: string | number): string =>
  `{"info":{"device":"dimm0","source":3,"status":${status},"slot":"0","slot-type":"DIMM"}}`

test.each([
  // As virsh 9.0.0 of Debian 12 printed it of a guest with Linux 6.1.
  [passedOn('ACPI_DEVICE_OST', ost(130)), 'eject request: the device is busy'],
  [passedOn('ACPI_DEVICE_OST', ost(132)), undefined],
  [passedOn('ACPI_DEVICE_OST', ost(0)), undefined],
  [passedOn('STOP', '<null>'), undefined],
  [passedOn('MEM_UNPLUG_ERROR', '{"device":"dimm0","msg":"no"}'), 'no'],
  [
    passedOn('DEVICE_UNPLUG_GUEST_ERROR', '{"device":"dimm0","path":"/x"}'),
    'the guest refused to unplug dimm0',
  ],
  [passedOn('ACPI_DEVICE_OST', ost('"130"')), undefined],
  [passedOn('ACPI_DEVICE_OST', '{"info":'), undefined],
  [passedOn('ACPI_DEVICE_OST', '{}'), undefined],
  [passedOn('MEM_UNPLUG_ERROR', '[1]'), undefined],
  ['event loop timed out', undefined],
  ['', undefined],
])('of %s it is said: %s', (line, why) => {
  expect(refusalInLine(line)).toBe(why)
})

test('the pattern finds these events alone', () => {
  const pattern = new RegExp(REFUSAL_PATTERN)
  expect(pattern.test('ACPI_DEVICE_OST')).toBe(true)
  expect(pattern.test('ACPI_DEVICE_OST_2')).toBe(false)
})
