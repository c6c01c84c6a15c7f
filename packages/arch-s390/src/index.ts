export { s390Geometry, s390Mapping } from './geometry'
export type { S390Options } from './options'
export { s390x } from './s390x'
