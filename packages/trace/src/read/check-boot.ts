import { BLOCK_SIZE_FILE, textFault } from '@memhp/kernel-files'
import type { Trace } from '../trace'
import { refuse } from './refuse'

const IOMEM = '/proc/iomem'
/** Files without which no machine can be built. */
const NEEDED = [IOMEM, BLOCK_SIZE_FILE]

/** Nodes that a kernel can be built for. Source: CONFIG_NODES_SHIFT, at most 10. */
const NODE_LIMIT = 1024

/** What keys look like that are not whole files, and their texts. */
const LINES: readonly (readonly [RegExp, RegExp, string])[] = [
  [/^\/proc\/zoneinfo#/, /^\d{1,13}$/, 'a number of pages'],
  [/meminfo#/, /^\d{1,13} kB$/, 'a number of kB'],
]

function fault(key: string, text: string): string | undefined {
  const line = LINES.find(([pattern]) => pattern.test(key))
  if (line !== undefined)
    return line[1].test(text) ? undefined : `${JSON.stringify(text)} is not ${line[2]}.`
  return textFault(key, `${text}\n`)?.message
}

const NODE_LIST = /^\/sys\/devices\/system\/node\/(?:online|possible|has_\w+)$/
const NODE = /\/node\/?(\d+)(?=\/|$)|\/proc\/zoneinfo#(\d+)/
const BLOCK = /\/memory(\d+)(?=\/|$)/
/** 64 TiB: what x86-64 with four levels of page tables addresses, and more than any recorded guest has. */
const ADDRESS_LIMIT = 2 ** 46

function checkNumbers(key: string, text: string, blockBytes: number): void {
  const [, inPath, inZone] = NODE.exec(key) ?? []
  const listed = NODE_LIST.test(key) ? (text.match(/\d+/g) ?? []) : []
  const node = [inPath ?? inZone ?? 0, ...listed].map(Number).find((id) => id >= NODE_LIMIT)
  if (node !== undefined)
    refuse(`boot/${key}`, `${node} is not a node: there are ${NODE_LIMIT} at most.`)
  const block = Number(BLOCK.exec(key)?.[1] ?? 0)
  if ((block + 1) * blockBytes > ADDRESS_LIMIT) {
    refuse(`boot/${key}`, `memory${block} lies beyond all physical memory.`)
  }
}

/** Checks the flat view that a run begins with. @throws HotplugError BAD_TRACE */
export function checkBoot(boot: Trace['boot']): void {
  for (const key of NEEDED) if (!Object.hasOwn(boot, key)) refuse(`boot/${key}`, 'is missing.')
  for (const [key, text] of Object.entries(boot)) {
    const what = fault(key, text)
    if (what !== undefined) refuse(`boot/${key}`, what)
  }
  for (const [line, end = ''] of (boot[IOMEM] ?? '').matchAll(
    /^.*-([0-9a-f]+) : System RAM.*$/gm,
  )) {
    if (Number.parseInt(end, 16) < ADDRESS_LIMIT) continue
    refuse(`boot/${IOMEM}`, `${JSON.stringify(line)} lies beyond all physical memory.`)
  }
  const blockBytes = Number.parseInt(boot[BLOCK_SIZE_FILE] ?? '', 16)
  for (const [key, text] of Object.entries(boot)) checkNumbers(key, text, blockBytes)
}
