import type { DeviceInfo } from '../topology'

/** Devices next to each other: never none. */
export type DeviceRun = readonly [DeviceInfo, ...DeviceInfo[]]

/**
 * Devices whose indices follow each other, as runs; every other device is a separate run.
 * @param trait what the devices of a run must share too
 */
export function deviceRuns(
  devices: readonly DeviceInfo[],
  trait: (device: DeviceInfo) => string = () => '',
): readonly DeviceRun[] {
  const runs: [DeviceInfo, ...DeviceInfo[]][] = []
  for (const device of devices) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    const follows =
      last !== undefined &&
      last.drcIndex !== null &&
      device.drcIndex === last.drcIndex + 1 &&
      trait(last) === trait(device)
    if (run !== undefined && follows) run.push(device)
    else runs.push([device])
  }
  return runs
}
