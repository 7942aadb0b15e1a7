/** The back ends that programs can be compiled for here, by Futhark's names. */
export const BACKENDS = ["c", "multicore", "ispc", "opencl", "cuda", "hip"] as const;

/** A back end that a program can be compiled for. */
export type Backend = (typeof BACKENDS)[number];

/** The back end of a module: one of ours, or another if it was built elsewhere. */
export type ModuleBackend = Backend | (string & Record<never, never>);
