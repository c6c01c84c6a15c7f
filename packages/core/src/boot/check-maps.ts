import type { IomemFacts, MachineDescription } from '../model/description'
import { refuseDescription as refuse } from '../shape/refuse-description'

/**
 * Checks what a description says of /proc/iomem and of the firmware map.
 * @throws HotplugError BAD_DESCRIPTION
 */
export function checkMaps(description: MachineDescription): void {
  const all = { place: 'iomem', start: 0, end: Number.MAX_SAFE_INTEGER }
  checkLines(description.iomem ?? [], all)
  checkFirmwareMap(description)
}

/** Lines of /proc/iomem ascend, do not overlap, and lie inside the line above them. Ends are inclusive. */
function checkLines(
  lines: readonly IomemFacts[],
  parent: { readonly place: string; readonly start: number; readonly end: number },
): void {
  let next = parent.start
  lines.forEach(({ start, end, children = [] }, i) => {
    const place = `${parent.place}[${i}]`
    if (start > end) refuse(place, 'end must not be below start.')
    if (start < next || end > parent.end)
      refuse(place, 'lines must ascend, must not overlap and must lie inside their parent.')
    next = end + 1
    checkLines(children, { place: `${place}.children`, start, end })
  })
}

/** Entries of the firmware map have a number each. Ends are inclusive. */
function checkFirmwareMap({ firmwareMap = [] }: MachineDescription): void {
  const seen = new Set<number>()
  firmwareMap.forEach(({ index, start, end }, i) => {
    if (start >= end) refuse(`firmwareMap[${i}]`, 'end must be above start.')
    if (seen.has(index)) refuse(`firmwareMap[${i}].index`, `entry ${index} is described twice.`)
    seen.add(index)
  })
}
