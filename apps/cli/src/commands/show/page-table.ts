import type { CliContext } from '../../context'
import { CliError } from '../../errors'
import { describeSource } from '../../source/choice'
import { readOperands, type ShowFlags } from './operands'

/** \`memhp show page-table [ADDRESS | block N]\`. */
export async function showPageTable(
  words: readonly string[],
  flags: ShowFlags,
  _context: CliContext,
): Promise<void> {
  const { choice } = readOperands(words, flags, (word) => /^(0x[0-9a-f]+|\d+|block)$/i.test(word))
  if (choice.kind === 'host' || choice.kind === 'folder') {
    throw new CliError(
      `${describeSource(choice)} does not show the kernel’s page tables: only a machine has them`,
      { remedy: 'memhp capture -o FILE, then memhp show page-table FILE, which walks its twin' },
    )
  }
  throw new CliError('this release cannot build the machine of a source yet')
}
