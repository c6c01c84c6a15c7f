/**
 * Every code that memhp throws, with what it means. `docs/errors.md` and the set of codes thrown in the
 * sources must agree with this table (tests/error-codes.test.ts).
 * @public
 */
export const ERROR_CODES = {
  // The tree
  NO_SUCH_FILE: 'The path names nothing.',
  NOT_A_DIRECTORY: 'A directory was expected.',
  IS_A_DIRECTORY: 'A file was expected.',
  NOT_A_LINK: 'A link was expected.',
  NOT_READABLE: 'The file cannot be read.',
  NOT_WRITABLE: 'The file cannot be written.',
  TOO_MANY_LINKS: 'Links lead in a circle.',
  // Writes
  BAD_WORD: 'The file does not know this word.',
  BAD_NUMBER: 'The text is not a number that the file takes.',
  ALREADY_IN_STATE: 'The block is already in that state.',
  // Blocks and ranges
  NO_SUCH_BLOCK: 'No memory block has this number.',
  UNALIGNED_RANGE: 'The range is not a whole number of memory blocks.',
  BLOCK_WITHOUT_ZONE: 'The block belongs to more than one zone, or to none.',
  BLOCK_HAS_HOLES: 'The block is not fully covered by System RAM.',
  NOT_AT_ZONE_EDGE:
    'The block does not cover the edge between its zone and the one that it is to move to.',
  MULTIZONE_RANGE: 'The range lies in more than one zone.',
  RANGE_ONLINE: 'Memory in the range is still online.',
  WRONG_GRANULARITY: 'Memory that holds its own memmap goes only as it came.',
  NO_SUCH_NODE: 'The node is not possible on this machine.',
  NO_SUCH_GROUP: 'No memory group has this number.',
  GROUP_BUSY: 'Memory blocks belong to the group.',
  ADDRESS_OUT_OF_REACH: 'The range lies beyond what the architecture can map.',
  RESOURCE_BUSY: 'The range is already in use in the resource tree.',
  BLOCK_EXISTS: 'A memory block with this number exists.',
  MAPPING_FAILED: 'The kernel could not enter the range into its linear mapping.',
  SECTION_EXISTS: 'A section of the range has a memmap already.',
  SECTION_ABSENT: 'A section of the range is not present.',
  // Pages
  UNMOVABLE_PAGE: 'A page in the range can neither move nor go.',
  ALREADY_ISOLATED: 'A pageblock of the range is isolated already.',
  DISSOLVE_FAILED: 'A free huge page of the range is reserved.',
  OFFLINE_STALLED: 'The kernel would go on migrating for ever: nothing moves any more.',
  OFFLINE_GAVE_UP: 'The kernel gave up: pages were left that did not move.',
  OUT_OF_MEMORY: 'No free memory of the kind that was asked for.',
  PAGE_NOT_ONLINE: 'The page is not online.',
  BLOCK_POISONED: 'A page of the block has a hardware error.',
  PAGE_POISONED: 'The page has a hardware error already.',
  // Refusals by others
  NOTIFIER_REFUSED: 'A notifier refused.',
  STORAGE_REFUSED: 'The hypervisor did not assign the storage.',
  MEMMAP_UNSUPPORTED: 'The kernel does not let memory hold its own struct pages.',
  OPERATION_IN_PROGRESS: 'Another operation is under way on the machine.',
  FAULT_INJECTED: 'A step was made to fail on purpose.',
  ADD_UNSUPPORTED: 'The architecture cannot add memory while it runs.',
  REMOVE_UNSUPPORTED: 'The architecture cannot remove memory.',
  KERNEL_STOPS:
    'The real kernel would stop here, by a defect that the machine has; nothing has changed.',
  NOT_IMPLEMENTED: 'This is not written for the architecture.',
  // Devices
  NO_SUCH_DEVICE: 'No such memory device.',
  DEVICE_NOT_EJECTABLE: 'The device cannot be ejected.',
  DEVICE_EXISTS: 'A memory device with this name exists.',
  NO_FREE_SLOT: 'All memory slots are taken.',
  NO_ADDRESS_SPACE: 'The window for memory devices has no gap of this size.',
  DEVICE_BOUND: 'The memory belongs to a device, and goes with it.',
  DEVICE_EMPTY: 'The device holds no memory.',
  CONNECTOR_REFUSED: 'A dynamic reconfiguration connector is not in a state for this.',
  REQUEST_REFUSED: 'A request for memory devices was not carried out.',
  DEVICE_ASSIGNED: 'The memory device is assigned to the machine already.',
  DEVICE_NOT_ASSIGNED: 'The memory device is not assigned to the machine.',
  UNPLUG_PENDING: 'The platform has asked for this device back already.',
  // Input
  BAD_DESCRIPTION: 'A machine description is wrong.',
  BAD_PLUGIN: 'A plugin does not keep its contract.',
  UNKNOWN_PLUGIN: 'No plugin of this name was given, or the machine has none.',
  BAD_CAPTURE: 'A capture is damaged or not a capture.',
  UNKNOWN_VERSION: 'The file is of a version that this release does not read.',
  BAD_PLAN: 'A plan file is damaged or not a plan.',
  BAD_SCENARIO: 'A scenario is wrong.',
  EXPECTATION_FAILED: 'A step of a scenario expected something else.',
  BAD_TRACE: 'A recorded trace is wrong.',
  NOT_A_TRACE: 'The file is sound JSON, but no recorded trace.',
  BAD_ARGUMENT: 'An argument is wrong.',
  IMPOSSIBLE_GOAL: 'No set of blocks meets the goal.',
} as const

/** A stable name for one kind of refusal. @public */
export type ErrorCode = keyof typeof ERROR_CODES
