import type { MendedRules } from '../model/generation-rules'

/** Nothing of what the series of 2012 got wrong. */
export const MENDED: MendedRules = {
  deviceOffline: 'blocks',
  deviceSections: 'each',
  zoneLeft: 'of-range',
  archRefusal: 'told',
  spanEdge: 'own-node',
  emptySpan: 'with-range',
  splitLeaf: 'filled',
  basePageCount: 'signed',
  reusedMemmap: 'cleared',
  poisonCount: 'lowered',
  freedBootTable: 'nothing',
  usemap: 'known',
}
