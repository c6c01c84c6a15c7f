/** A node of the iomem tree. `end` is inclusive, as the kernel keeps and prints it; addresses are bytes. @alpha */
export interface Resource {
  start: number
  end: number
  readonly name: string
  /** Busy memory: cannot be requested again. */
  readonly busy: boolean
  /** System RAM that onlining and the hole test look at. */
  readonly systemRam: boolean
  readonly driverManaged: boolean
  readonly mergeable: boolean
  readonly children: Resource[]
}
