import { readRegularFile } from '@memhp/host'
import { type PlanFile, parsePlanFile } from '@memhp/planner'
import { inFile, withFile } from '../file-problem'

/** Most characters of a plan file. */
const LARGEST_PLAN = 2 ** 27

/**
 * Reads a kept plan. Whatever is wrong with it names the file.
 * @throws HotplugError BAD_PLAN, UNKNOWN_VERSION, NOT_READABLE; CliError where the file system refuses
 */
export async function readPlanFile(path: string): Promise<PlanFile> {
  return inFile(path, async () =>
    withFile(path, async () =>
      parsePlanFile(readRegularFile(path, { path, encoding: 'utf8', largestBytes: LARGEST_PLAN })),
    ),
  )
}
