import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** @returns a function that collects garbage and says how many bytes of the heap are in use then. */
export function collectedHeap(): () => number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('this Node gives no way to collect garbage')
  return () => {
    collect()
    return process.memoryUsage().heapUsed
  }
}
