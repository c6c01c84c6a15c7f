// The map as a picture to keep.
import { blockLegend, painterOf } from '../map/colour-blocks'
import type { App } from '../state/app'
import { mapSvg } from './map-svg'

function save(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** The map of this moment as SVG. @returns null before a machine is open */
function svgOf(app: App): string | null {
  const [machine, columns] = [app.machine.value, app.columns.value]
  if (machine === null || columns === null) return null
  const [by, theme] = [app.by.value, app.theme.value]
  return mapSvg({
    title: machine.title,
    layout: columns.layout,
    paint: painterOf(columns, by, theme),
    legend: blockLegend(columns, by, theme),
    theme,
  })
}

/** Saves the map of this moment. */
export async function saveMap(app: App, format: 'png' | 'svg'): Promise<void> {
  const svg = svgOf(app)
  if (svg === null) return
  const blob = new Blob([svg], { type: 'image/svg+xml' })
  if (format === 'svg') {
    save('memory.svg', blob)
    return
  }
  const image = new Image()
  const address = URL.createObjectURL(blob)
  image.src = address
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.width * 2
  canvas.height = image.height * 2
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  URL.revokeObjectURL(address)
  canvas.toBlob((png) => png !== null && save('memory.png', png), 'image/png')
}
