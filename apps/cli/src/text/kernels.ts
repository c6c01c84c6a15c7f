/**
 * Kernels that a machine may run, as descriptions name them: those of `GENERATIONS`, in its order. Written here, for help is
 * printed without the model.
 */
export const KERNELS = 'rfc9, v3.10, v5.10.213, v5.10, v6.1.82, v6.1, v6.12, v6.18, v7.2, v7.3'
