import type { Trace } from '@memhp/trace'

/** What a run begins with. */
export type TraceStart = Pick<Trace, 'arch' | 'kernel' | 'machine' | 'boot'> &
  Partial<Pick<Trace, 'name' | 'steps'>>
