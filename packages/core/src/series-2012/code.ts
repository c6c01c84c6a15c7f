import type { KernelCode } from '../model/kernel-code'
import { claimTopmost } from './claim-topmost'
import { withDefects } from './defects'
import { refuseFatal } from './fatal-removal'
import { gaveUp } from './give-up'
import { numberTwice } from './number-twice'
import { clearPoison, refuseAbsent } from './online'
import { registerPageCgroup } from './page-cgroup'
import { endAtAbsent, sectionParts } from './removal'
import { refuseStalePages } from './stale-pages'
import { tellMapping } from './tell-mapping'
import {
  forgetZones,
  joinedZone,
  joinZone,
  leaveZone,
  moveToZone,
  zoneMove,
} from './zone-membership'

/** What only the series of 2012, and Linux 3.10 with it, did. */
export const CODE_OF_2012: KernelCode = {
  withDefects,
  registerNotifiers: registerPageCgroup,
  numberTwice,
  tellMapping,
  joinZone,
  leaveZone,
  forgetZones,
  joinedZone,
  zoneMove,
  moveToZone,
  refuseAbsent,
  clearPoison,
  refuseStalePages,
  claimTopmost,
  gaveUp,
  refuseFatal,
  endAtAbsent,
  sectionParts,
}
