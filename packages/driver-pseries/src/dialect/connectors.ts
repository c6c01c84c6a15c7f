import { cellsOf } from '@memhp/kernel-files'

/**
 * Names of a partition's dynamic reconfiguration connectors by their indices: `LMB 4`, `PHB 15`, …
 * @param properties texts of `ibm,drc-indexes` and `ibm,drc-names`: a count, then that number of cells, or of texts that end with 0
 * @throws TextFault where they do not belong together. Source: PAPR
 */
export function parseConnectorNames(properties: {
  readonly indexes: string
  readonly names: string
}): ReadonlyMap<number, string> {
  const indexes = cellsOf('ibm,drc-indexes', properties.indexes)
  const names = cellsOf('ibm,drc-names', properties.names.slice(0, 4))
  const count = indexes.count(1)
  const texts = properties.names.slice(4).split('\0').slice(0, -1)
  if (names.next() !== count || texts.length !== count)
    names.refuse({
      expected: `${count} names`,
      message: `it names ${texts.length} connectors, and ibm,drc-indexes has ${count}`,
    })
  return new Map(texts.map((text) => [indexes.next(), text]))
}
