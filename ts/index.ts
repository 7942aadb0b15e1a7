// The public API.
export type {
  Arg,
  ArrayArg,
  ArrayInput,
  HandleOf,
  RowOf,
  ScalarArg,
  ScalarInput,
  VariantInput,
} from "./arguments/argument-types.ts";
export { type Variant, variant } from "./arguments/variant.ts";
export { fromArrow, toArrow } from "./arrow/apache.ts";
export {
  type Column,
  type ColumnInput,
  type Columns,
  fromTable,
  type TableInput,
  toTable,
} from "./arrow/tables.ts";
export type { Backend, ModuleBackend } from "./backends.ts";
export type {
  EntryPointInfo,
  InputInfo,
  OutputInfo,
  ProgramInfo,
  TuningParamInfo,
  TypeInfo,
} from "./bindings/program-info.ts";
export type { Blocking } from "./client/answer.ts";
export type { Pending } from "./client/pending.ts";
export type { CallTrace, Trace, TransferTrace, WorkerTrace } from "./client/tracing.ts";
export { fromNumpyTs, toNumpyTs } from "./convert/numpy-ts.ts";
export { toScijs } from "./convert/scijs.ts";
export { fromFutharkData, toFutharkData, toFutharkText } from "./data/futhark-data.ts";
export { fromImage, type ImageFormat, toImage } from "./data/images.ts";
export { fromNpz, toNpz } from "./data/npz.ts";
export type { Elemtype, ScalarOf, TypedArray, TypedArrayOf } from "./elemtypes.ts";
export {
  AbortError,
  ArgumentError,
  BuildError,
  FutharkError,
  type FutharkErrorByCode,
  type FutharkErrorCode,
  isFutharkError,
  OutOfMemoryError,
  ProgramError,
  ProtocolError,
  PythonError,
  TimeoutError,
  ValueStateError,
  WorkerExitError,
} from "./errors.ts";
export { type AttachedModule, type AttachOptions, attach } from "./module/attach.ts";
export type { CallOptions } from "./module/call-limits.ts";
export type { CloseOptions } from "./module/close-options.ts";
export type { EntryFunction } from "./module/entry.ts";
export type { FutharkType } from "./module/futhark-type.ts";
export type { FutharkModule } from "./module/module.ts";
export { open } from "./module/open.ts";
export { openSync } from "./module/open-sync.ts";
export type { OpenOptions } from "./module/options.ts";
export { locateProgram } from "./module/program-path.ts";
export type {
  AbstractType,
  ArrayType,
  Entry,
  OpaqueArrayType,
  RecordArrayType,
  RecordType,
  SumType,
} from "./module/typed-module.ts";
export type { WorkerEnd } from "./module/worker-end.ts";
export { nd } from "./nd-array/nd.ts";
export { NdArray } from "./nd-array/nd-array.ts";
export { fromNested } from "./nd-array/nested.ts";
export { fromNpy, toNpy } from "./nd-array/npy.ts";
export { type ImageOptions, type Showable, toPng } from "./notebook/png.ts";
export { toHtml } from "./notebook/preview.ts";
export type { PoolInput } from "./pool/input.ts";
export type { MapOptions } from "./pool/map.ts";
export { openPool, type PoolOptions } from "./pool/open-pool.ts";
export { FutharkPool } from "./pool/pool.ts";
export type { PoolEntryFunction, PoolMapTask, PoolTask } from "./pool/pool-task.ts";
export type { TaskOptions } from "./pool/queue.ts";
export type { PoolEntries, PoolEntry } from "./pool/types.ts";
export { BorrowedArray } from "./transfer/borrowed-array.ts";
export { FutharkArray } from "./values/array.ts";
export { Handle } from "./values/handle.ts";
export type { NdArrayOptions, ValuesOptions } from "./values/into.ts";
export { FutharkOpaque } from "./values/opaque.ts";
export { FutharkOpaqueArray } from "./values/opaque-array.ts";
export { FutharkRecord } from "./values/record.ts";
export { FutharkSum } from "./values/sum.ts";
export type { Output, OutputListener, OutputStream } from "./worker/output.ts";
