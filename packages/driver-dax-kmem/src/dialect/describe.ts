import type { CapturedHost, FirmwareCapture } from '@memhp/core/plugin'
import { DAX_DEVICES, driverIn, isDaxName, numberIn } from './files'

/** Bytes that describe a namespace of persistent memory, before its device. */
const HEADER_BYTES = 2 ** 21

/** A path with its `..` undone. */
function resolved(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

interface DaxFacts {
  readonly name: string
  readonly start: number
  readonly sizeBytes: number
  readonly node: number
  readonly kind?: 'persistent'
  readonly driver: string
  readonly memmapOnMemory?: true
  readonly state?: string
}

function deviceFacts({ capture }: CapturedHost, link: string): DaxFacts | undefined {
  const name = link.slice(link.lastIndexOf('/') + 1)
  const { [link]: target = '' } = capture.links
  const directory = resolved(`${DAX_DEVICES}/${target}`)
  const text = (file: string): string | undefined => capture.files[`${directory}/${file}`]?.trim()
  const start = numberIn(text('resource'))
  const size = numberIn(text('size'))
  if (!isDaxName(name) || start === undefined || size === undefined || size === 0) return undefined
  const isPersistent = directory.includes('/ndbus')
  const header = isPersistent ? HEADER_BYTES : 0
  const state = text('state')
  return {
    name,
    start: start - header,
    sizeBytes: size + header,
    node: Math.max(0, numberIn(text('target_node')) ?? 0),
    driver: driverIn(capture.links[`${directory}/driver`]) ?? 'none',
    ...(isPersistent ? { kind: 'persistent' } : {}),
    ...(text('memmap_on_memory') === '1' ? { memmapOnMemory: true } : {}),
    ...(state === undefined ? {} : { state }),
  }
}

function describeDax(host: CapturedHost): object | undefined {
  const links = Object.keys(host.capture.links).filter((path) => path.startsWith(`${DAX_DEVICES}/`))
  const regions = links.toSorted().flatMap((link) => deviceFacts(host, link) ?? [])
  return regions.length === 0 ? undefined : { regions }
}

/** What a capture keeps of dax devices: their directories, wherever the links of the bus lead. */
export const DAX_CAPTURE: FirmwareCapture = {
  wanted: {
    paths: [],
    behindLinks: [
      {
        link: `${DAX_DEVICES}/dax[0-9]+\\.[0-9]+`,
        names: '(align|driver|memmap_on_memory|resource|size|state|target_node)',
      },
    ],
    directories: [DAX_DEVICES],
  },
  assumptions: [],
  checks: [],
  kept: [],
  describe: describeDax,
}
