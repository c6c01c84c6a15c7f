import type { UeventDelivery } from '@memhp/mount'

/** What `memhp ctl` asks, as one line of JSON. */
export type ControlRequest =
  | { readonly run: string }
  /** Uevents, from now on, until the connection ends. */
  | { readonly watch: true }
  /** What the machine is. */
  | { readonly about: true }
  /** How listeners hear of uevents from now on. */
  | { readonly uevents: UeventDelivery }
  /** Pages a second that move out of memory that goes offline, from now on; null: all at once. */
  | { readonly pace: number | null }

/** How listeners may hear of uevents. */
export const UEVENT_DELIVERIES: readonly UeventDelivery[] = ['prompt', 'held', 'lost']

/** What a command of the machine's shell printed, and its exit status. */
export interface ControlAnswer {
  readonly out: string
  readonly err: string
  readonly status: number
}

/** What a machine is, in the words of `uname -m`. */
export interface ControlAbout {
  readonly arch: string
}

/** Where the socket is, for programs that `memhp exec` runs. */
export const CONTROL_VARIABLE = 'MEMHP_CONTROL'

/** The link at the root of a mount that leads to the socket. */
export const CONTROL_LINK = '.control'
