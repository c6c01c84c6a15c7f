import { type Awaitable, isHotplugError } from '@memhp/core'

/** What a tree answers; undefined where it refuses. */
export async function ifThere<T>(question: () => Awaitable<T>): Promise<T | undefined> {
  try {
    return await question()
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return undefined
  }
}
