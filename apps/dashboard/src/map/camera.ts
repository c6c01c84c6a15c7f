// From units of the map to pixels of the screen and back.

/** What part of the map is seen: the map's point at the upper left corner, and pixels to a unit. */
export interface Camera {
  readonly x: number
  readonly y: number
  readonly scale: number
}

/** Size of something in pixels, or in units. */
export interface Size {
  readonly width: number
  readonly height: number
}

const MARGIN = 20
const MOST_SCALE = 1400

/** All of the map, in the middle. */
export function fitted(map: Size, view: Size): Camera {
  const scale = Math.min(
    (view.width - 2 * MARGIN) / Math.max(1, map.width),
    (view.height - 2 * MARGIN) / Math.max(1, map.height),
    120,
  )
  const kept = Math.max(0.01, scale)
  return {
    x: map.width / 2 - view.width / 2 / kept,
    y: map.height / 2 - view.height / 2 / kept,
    scale: kept,
  }
}

/** Nearer or farther, with the point under the pointer staying where it is. @param at pixels */
export function zoomed(
  camera: Camera,
  factor: number,
  {
    at,
    map,
    view,
  }: {
    readonly at: { readonly x: number; readonly y: number }
    readonly map: Size
    readonly view: Size
  },
): Camera {
  const least = fitted(map, view).scale / 2
  const scale = Math.min(MOST_SCALE, Math.max(least, camera.scale * factor))
  return {
    x: camera.x + at.x / camera.scale - at.x / scale,
    y: camera.y + at.y / camera.scale - at.y / scale,
    scale,
  }
}

/** Moved by pixels, as far as some of the map stays in view. */
export function panned(
  camera: Camera,
  by: { readonly dx: number; readonly dy: number },
  { map, view }: { readonly map: Size; readonly view: Size },
): Camera {
  const half = { width: view.width / 2 / camera.scale, height: view.height / 2 / camera.scale }
  const clamp = (value: number, low: number, high: number): number =>
    Math.min(high, Math.max(low, value))
  return {
    ...camera,
    x: clamp(camera.x - by.dx / camera.scale, -half.width, map.width - half.width),
    y: clamp(camera.y - by.dy / camera.scale, -half.height, map.height - half.height),
  }
}

/** A block in the middle, large enough to see its pages. */
export const centredOn = (
  place: { readonly x: number; readonly y: number },
  scale: number,
  view: Size,
): Camera => ({
  x: place.x + 0.5 - view.width / 2 / scale,
  y: place.y + 0.5 - view.height / 2 / scale,
  scale,
})
