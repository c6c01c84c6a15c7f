/** What a program holds open. */
export type OpenNode =
  | { readonly kind: 'file'; text: Uint8Array | undefined }
  /** Undefined until names are asked for: the kernel may have them. */
  | { readonly kind: 'directory'; listing: Listing | undefined }

/** What a directory showed. */
interface Listing {
  readonly names: readonly string[]
  /** As `Directory.version`. */
  readonly version: number | undefined
}

/** Open files and directories by the handle that the kernel was given. */
export class OpenNodes {
  readonly #byHandle = new Map<number, OpenNode>()
  #next = 1

  /** @returns the handle */
  open(node: OpenNode): number {
    const handle = this.#next++
    this.#byHandle.set(handle, node)
    return handle
  }

  file(handle: number): Extract<OpenNode, { kind: 'file' }> | undefined {
    const node = this.#byHandle.get(handle)
    return node?.kind === 'file' ? node : undefined
  }

  directory(handle: number): Extract<OpenNode, { kind: 'directory' }> | undefined {
    const node = this.#byHandle.get(handle)
    return node?.kind === 'directory' ? node : undefined
  }

  close(handle: number): void {
    this.#byHandle.delete(handle)
  }
}
