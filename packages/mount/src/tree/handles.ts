/** What a program holds open. */
export type OpenNode =
  | { readonly kind: 'file'; text: Uint8Array | undefined }
  | { readonly kind: 'directory'; readonly names: readonly string[] }

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

  /** The names that a directory had when it was opened. */
  names(handle: number): readonly string[] | undefined {
    const node = this.#byHandle.get(handle)
    return node?.kind === 'directory' ? node.names : undefined
  }

  close(handle: number): void {
    this.#byHandle.delete(handle)
  }
}
