/** Who added the memory of a block: a driver of the kernel, as /proc/iomem names it, firmware, or neither that shows. */
export type AddedBy = 'kmem' | 'virtio_mem' | 'firmware' | 'other'

/** Which memory a rule is for. What is left out does not matter. */
export interface PolicyCondition {
  /** What `uname -m` prints. */
  readonly arch?: readonly string[]
  readonly node?: readonly number[]
  readonly addedBy?: readonly AddedBy[]
  /** Names of devices; one that ends in `*` stands for all that begin so. */
  readonly device?: readonly string[]
  /** Bytes of the whole device that it comes with. */
  readonly atLeastBytes?: number
  readonly lessThanBytes?: number
}

/** Where memory comes online: `as-kernel` writes a plain `online`, `leave` nothing. */
export type PolicyZone = 'movable' | 'kernel' | 'as-kernel' | 'leave'

/** One rule. The first whose condition fits decides. */
export interface PolicyRule {
  readonly when: PolicyCondition
  readonly zone: PolicyZone
  /** Of `movable`: only while there is at most so much percent of movable to kernel memory that is online, else to a kernel zone. */
  readonly upToPercent?: number
}

/** Settings of the kernel that a policy may hold. */
export const POLICY_SETTINGS = [
  'auto_online_blocks',
  'online_policy',
  'auto_movable_ratio',
  'auto_movable_numa_aware',
] as const

/** What decides how memory comes online. Plain data. */
export interface OnlinePolicy {
  readonly rules: readonly PolicyRule[]
  readonly order: 'ascending' | 'descending'
  /** What becomes of blocks that are offline when the policy begins to be kept. */
  readonly atStart: 'online' | 'leave'
  /** What the files of settings are to read. */
  readonly settings: Readonly<Partial<Record<(typeof POLICY_SETTINGS)[number], string>>>
  /** What becomes of a setting that another changes. */
  readonly changedByOthers: 'put-back' | 'tell'
}
