import { cpus, platform } from 'node:os'

/**
 * What runs a program on one core, so that a server and its clients do not take each other's: as little as there is on a machine of
 * one core, or on a system that has no `taskset`.
 */
export function onCore(core: 0 | 1): string[] {
  return platform() === 'linux' && cpus().length > 1 ? ['taskset', '-c', String(core)] : []
}
