import type { KernelCode } from '../model/kernel-code'
import { claimOnlined, claimTopmost, likelyPart } from './claim-topmost'
import { withDefects } from './defects'
import { enterNode } from './enter-node'
import { gaveUp } from './give-up'
import { leadingNumber } from './leading-number'
import { countBootTables, wrapBasePages } from './mapping-counts'
import { numberTwice } from './number-twice'
import { registerPageCgroup } from './page-cgroup'
import { leftBehind, sectionParts } from './removal'
import { refuseStalePages } from './stale-pages'
import { tellMapping } from './tell-mapping'
import { forgetZones, joinZone, zoneMove } from './zone-membership'

/** What only the series of 2012, and Linux 3.10 with it, did. */
export const CODE_OF_2012: KernelCode = {
  withDefects,
  registerNotifiers: registerPageCgroup,
  enterNode,
  leadingNumber,
  numberTwice,
  tellMapping,
  joinZone,
  forgetZones,
  zoneMove,
  refuseStalePages,
  claimTopmost,
  claimOnlined,
  likelyPart,
  wrapBasePages,
  countBootTables,
  gaveUp,
  leftBehind,
  sectionParts,
}
