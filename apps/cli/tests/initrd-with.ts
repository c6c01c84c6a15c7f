import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Makes an initramfs with programs of this machine and what they are linked to.
 * @returns its path
 * @throws where a program is not installed
 */
export function initrdWith(folder: string, programs: readonly string[]): string {
  for (const program of programs) {
    const libraries = execFileSync('ldd', [program], { encoding: 'utf8' })
    const paths = [...libraries.matchAll(/(\/\S+) \(/g)].map(({ 1: path = '' }) => path)
    for (const path of [program, ...paths]) {
      mkdirSync(join(folder, 'root', dirname(path)), { recursive: true })
      copyFileSync(realpathSync(path), join(folder, 'root', path))
    }
  }
  const archive = execFileSync('sh', ['-c', 'find . | busybox cpio -o -H newc'], {
    cwd: join(folder, 'root'),
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  writeFileSync(join(folder, 'initrd'), archive)
  return join(folder, 'initrd')
}
