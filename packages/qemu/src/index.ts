// @memhp/qemu: a typed QMP client, a launcher of guests, and the file tree of a guest.

// Guests
export type { Uevent } from './agent/uevent-stream'
export { Guest, type ScriptResult, type StartOptions } from './guest/guest'
export type { GuestTree, GuestWriteOptions } from './guest/guest-tree'
export type { PerformOptions } from './guest/recorder'
export { startGuest } from './guest/start'
// Guests that QEMU's agent reaches
export { type AgentGuest, reachByAgent } from './guest-agent/agent-shell'
export {
  type AgentChannel,
  AgentRefusal,
  type AgentSocketOptions,
  answerIn,
  connectAgent,
} from './guest-agent/channel'
export {
  type FindGuestFilesOptions,
  findGuestFiles,
  type GuestFiles,
} from './initramfs/guest-files'
export { type GuestOptions, shellQuote } from './launch/arguments'
export type { TextCapture } from './launch/console'
export { type GrowthArguments, type GrowthWish, growthArguments } from './launch/growth'
export {
  GUEST_ERROR_CODES,
  GuestError,
  type GuestErrorCode,
  type GuestErrorEvidence,
} from './launch/guest-error'
export {
  type GuestExit,
  type GuestProcess,
  type LaunchOptions,
  launchGuest,
} from './launch/launch'
export {
  GUEST_MACHINES,
  type GuestArch,
  type GuestMachine,
  STAND_IN_ARCHS,
  type StandIn,
  standInFor,
} from './launch/machine'
export type { GuestMemory, GuestNode } from './launch/memory-layout'
// QMP
export { type QmpAnomaly, QmpClient, type QmpClientOptions } from './qmp/client'
export type { QmpRequest } from './qmp/command-queue'
export type {
  DimmInfo,
  ExecuteOptions,
  ExecuteRest,
  HotpluggableCpu,
  MemoryBackend,
  MemoryDeviceInfo,
  OtherDevice,
  OtherObject,
  PcDimm,
  QmpArguments,
  QmpCommandName,
  QmpCommands,
  QmpResult,
  QmpVersion,
  RunState,
  VirtioMem,
  VirtioMemInfo,
} from './qmp/commands'
export type { QmpPeer } from './qmp/connect'
export {
  QmpConnectionError,
  type QmpConnectionErrorOptions,
  type QmpConnectionReason,
  QmpError,
  QmpTimeoutError,
} from './qmp/errors'
export type { Unsubscribe, WaitOptions } from './qmp/event-hub'
export type { EventStreamOptions } from './qmp/event-stream'
export type {
  AcpiOstInfo,
  QmpEvent,
  QmpEventData,
  QmpEventName,
  QmpEvents,
  ShutdownData,
} from './qmp/events'
export type { QmpGreeting, QmpMessage } from './qmp/message'
export { explainOst } from './qmp/ost'
export {
  type PeerSource,
  type QmpConnectionChange,
  ReconnectingQmpClient,
  type ReconnectOptions,
} from './qmp/reconnecting'
export { onUnplugRefused, REFUSAL_PATTERN, refusalInLine } from './qmp/unplug-refusals'
// Machines that a shell reaches
export {
  type ConnectShellOptions,
  connectShell,
  type RemoteShell,
  type RemoteTree,
} from './remote/connect-shell'
export type { HeardUevent, RemoteUevents } from './remote/remote-uevents'
export { inTurn } from './stream/in-turn'
