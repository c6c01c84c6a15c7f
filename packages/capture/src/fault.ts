import { HotplugError } from '@memhp/core'

/** Where a capture is damaged: a place in the JSON text, or a value in it and perhaps a line of that value. */
export type FaultPlace =
  | { readonly line: number; readonly column: number }
  | { readonly pointer: string; readonly textLine?: number }

function placeText(place: FaultPlace): string {
  if ('line' in place) return `line ${place.line}, column ${place.column}`
  const pointer = place.pointer === '' ? 'top level' : place.pointer
  return place.textLine === undefined ? pointer : `${pointer}, line ${place.textLine} of the text`
}

/** The refusal of a damaged capture. `detail` holds the place. */
export function damaged(place: FaultPlace, message: string): HotplugError {
  return new HotplugError('BAD_CAPTURE', 'EINVAL', `capture: ${placeText(place)}: ${message}`, {
    detail: { ...place },
  })
}

/** A JSON pointer (RFC 6901) from its keys. */
export const jsonPointer = (...keys: readonly PropertyKey[]): string =>
  keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
