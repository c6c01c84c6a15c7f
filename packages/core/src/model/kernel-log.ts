import type { LogLine } from './journal'

/**
 * What kernels say something about, by what happened, with the names of what they say of it. Numbers are pages where the
 * name ends in `Pfn`, counts where it is a plural, else bytes.
 * @beta
 */
export interface LogOccasions {
  // Adding
  readonly addOutOfReach: 'start' | 'end' | 'first' | 'last'
  readonly addUnaligned: 'block' | 'start' | 'size'
  readonly addBusy: 'start' | 'last'
  readonly addImpossibleNode: 'node'
  readonly nodeIsNew: 'node'
  readonly fallbackOrder: 'node' | 'order'
  readonly zonelistsBuilt: 'lists' | 'pages'
  readonly policyZone: 'zone'
  readonly mapping: 'start' | 'last'
  readonly mappedBy: 'start' | 'last' | 'leaf'
  // Online and offline
  readonly errorInjected: 'errno' | 'event'
  readonly cgroupTableFailed: never
  readonly unmovablePage: 'pfn' | 'kind'
  readonly migrationFailed: 'pfn' | 'errno'
  readonly offlineFailed: 'start' | 'last'
  readonly offlined: 'pages'
  // Removal
  readonly removeOnline: 'start' | 'end' | 'blockStart' | 'blockLast'
  readonly removeGranularity: never
  readonly resourceAbsent: 'start' | 'last'
  // Hardware errors
  readonly poisonedFree: 'pfn'
  readonly poisonedAgain: 'pfn'
  readonly poisonOutside: 'pfn'
  readonly softPoisonedFree: 'pfn'
  // Devices
  readonly deviceEmpty: 'device'
  readonly deviceNotAdded: 'device'
  readonly deviceNotEnabled: 'device'
  readonly deviceKnown: 'device'
  readonly deviceRefused: 'device'
  readonly deviceAbsent: 'device'
  readonly deviceBlockOnline: 'block'
  readonly deviceNotDisabled: 'device'
  readonly ejectDisabled: 'device'
  readonly ejectUnsupported: 'path'
  readonly ejectMethodFailed: 'path'
  readonly ejectIncomplete: 'path' | 'status'
  readonly ejectStatusFailed: 'path'
  readonly powerStateUnsupported: never
  readonly probeFailed: 'driver' | 'device' | 'errno'
  // Memory that is given out as devices (device-dax)
  readonly daxTooSmall: 'device' | 'start' | 'last' | 'mapping'
  readonly daxEmpty: 'device'
  readonly daxTruncated: 'device' | 'cut'
  readonly daxMemoryTaken: 'device' | 'start' | 'last' | 'mapping'
  readonly daxRangeTaken: 'device' | 'start' | 'last' | 'mapping'
  readonly daxMapKept: 'device'
  readonly daxNotAdded: 'device' | 'start' | 'last' | 'mapping'
  readonly daxStuck: 'device' | 'start' | 'last' | 'mapping'
  readonly daxAllStuck: 'device'
  readonly daxLeftOnline: 'device' | 'errno'
}

/** Something that kernels say a line about. @beta */
export type LogOccasion = keyof LogOccasions

/** What a line is about, by its places. @beta */
export type LogPlaces<Occasion extends LogOccasion> = Readonly<
  Record<LogOccasions[Occasion], string | number>
>

/**
 * A line in a kernel's words. Places stand in braces: `{node}` as it is, `{start:#010x}` and `{start:016x}` in hex, as
 * printf has it.
 */
interface LogWords {
  readonly level: LogLine['level']
  readonly text: string
}

/** The words of a generation, by occasion; absent where it says nothing. @beta */
export type KernelLog = { readonly [Occasion in LogOccasion]?: LogWords }
