import { fileURLToPath } from 'node:url'
import { runCli } from './run-cli'

/**
 * What `memhp rehearse` prints of one of the repository's captures.
 * @param columns of the terminal that it is printed on; default: none
 */
export async function rehearse(
  name: string,
  words: readonly string[],
  columns?: number,
): Promise<string> {
  const capture = fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))
  const options = columns === undefined ? {} : { columns }
  return (await runCli(['rehearse', capture, ...words], options)).stdout
}
