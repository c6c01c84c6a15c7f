import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { GuestError } from '../launch/guest-error'
import { type AgentScriptOptions, agentScript, MODULE_FOLDER } from './agent-script'
import { cpioArchive } from './cpio'
import type { GuestFiles } from './guest-files'
import { type KernelModule, modulesFor } from './modules'

/** Loaded only when a fault is injected, and therefore always there where the kernel has them. */
const ON_DEMAND = ['notifier_error_inject', 'memory_notifier_error_inject']

export interface InitramfsOptions extends Omit<AgentScriptOptions, 'modules'> {
  /** Names of modules to load at the start. */
  readonly modules: readonly string[]
}

/** The modules that are packed although not requested yet; none where the kernel lacks one. */
async function onDemand(files: GuestFiles): Promise<readonly KernelModule[]> {
  return await modulesFor(ON_DEMAND, files.modules).catch(() => [])
}

/**
 * An initramfs with busybox, modules, and the agent as the first program. It is packed: then it lies in memory as those of the
 * recorded guests did, and the counters of the direct map are theirs.
 * An initramfs of the user's goes before it: the kernel unpacks one archive after the other.
 * Source: Documentation/driver-api/early-userspace/buffer-format.rst.
 * @throws GuestError FILES_MISSING
 */
export async function buildInitramfs(
  files: GuestFiles,
  options: InitramfsOptions,
): Promise<Buffer> {
  const loaded = await modulesFor(options.modules, files.modules)
  const all = new Map([...loaded, ...(await onDemand(files))].map(({ name, path }) => [name, path]))
  const modules = await Promise.all(
    [...all].map(async ([name, path]) => ({
      path: `${MODULE_FOLDER}/${name}.ko`,
      content: await readGuestFile(path),
    })),
  )
  const script = agentScript({ ...options, modules: loaded })
  const archive = cpioArchive([
    { path: '/init', content: Buffer.from(script), mode: 0o755 },
    { path: '/bin/busybox', content: await readGuestFile(files.busybox), mode: 0o755 },
    ...['dev', 'proc', 'sys', 'run'].map((name) => ({
      path: `/${name}/.keep`,
      content: new Uint8Array(),
    })),
    ...modules,
  ])
  const packed = await promisify(gzip)(archive)
  if (files.initrd === undefined) return packed
  const first = await readGuestFile(files.initrd)
  return Buffer.concat([first, Buffer.alloc(-first.length & 3), packed])
}

/** @throws GuestError FILES_MISSING */
async function readGuestFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new GuestError('FILES_MISSING', `${path}: cannot be read`, { cause })
  }
}
