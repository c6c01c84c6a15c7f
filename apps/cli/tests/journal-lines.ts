import { preload } from './run-cli'

/** Ends the process, stops it, or fails, around the n-th line of its journal: the environment that does. */
export const atLine = (
  line: number,
  when: 'before' | 'behind',
  signal = 'SIGKILL',
): Readonly<Record<string, string>> =>
  preload(`
    const { open } = await import('node:fs/promises')
    const handle = await open('/dev/null')
    const prototype = Object.getPrototypeOf(handle)
    await handle.close()
    const { appendFile, datasync } = prototype
    let lines = 0
    const end = () => {
      if ('${signal}' === 'ENOSPC') throw new Error('ENOSPC: no space left on device, write')
      process.kill(process.pid, '${signal}')
    }
    prototype.appendFile = async function (...args) {
      lines += 1
      if ('${when}' === 'before' && lines === ${line}) end()
      return appendFile.apply(this, args)
    }
    prototype.datasync = async function (...args) {
      await datasync.apply(this, args)
      if ('${when}' === 'behind' && lines === ${line}) end()
    }
  `)
