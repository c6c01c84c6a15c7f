import type { BlockInfo, BlockZones } from '@memhp/topology'
import type { Paint } from '../context'

/** What stands where nothing is known. */
export const UNKNOWN = '-'

/** Zones as lsmem prints them: the zone of an online block and those it may move to, else candidates with the default first. */
function zonesText(zones: BlockZones): string {
  switch (zones.kind) {
    case 'in':
      return [zones.name, ...(zones.mayMoveTo ?? [])].join('/')
    case 'candidates':
      return zones.names.join('/')
    case 'mixed':
      return 'none'
    case 'unknown':
      return UNKNOWN
  }
}

/** A block's state, coloured: green works, yellow is under way or switched off, red is unknown. */
export function stateText(state: BlockInfo['state'], paint: Paint): string {
  const colours = {
    online: paint.green,
    offline: paint.yellow,
    'going-offline': paint.yellow,
    unknown: paint.red,
  }
  return colours[state](state)
}

/** A zone's name, with Movable marked: only its blocks can be expected to go offline. */
export const zoneText = (zones: BlockZones, paint: Paint): string =>
  zones.kind === 'in' && zones.name === 'Movable' ? paint.cyan(zonesText(zones)) : zonesText(zones)

export const yesNo = (value: boolean | null): string =>
  value === null ? UNKNOWN : value ? 'yes' : 'no'
