/** Counts failures by key in a sliding window, for the slowing down of those who guess. */
export interface FailureThrottle {
  /** Seconds until this key may try again, 0 when it may now. */
  waitSeconds(key: string): number
  failed(key: string): void
  forgive(key: string): void
}

/**
 * Refuses a key once it has failed `limit` times within `windowMs`, until the oldest of those failures is that old.
 * Remembers at most `max` keys; when full it first drops those that have nothing left to count, then the oldest.
 */
export function createFailureThrottle(
  limit: number,
  windowMs: number,
  now: () => number,
  max = 20_000,
): FailureThrottle {
  const failures = new Map<string, number[]>()
  const recent = (key: string): number[] => (failures.get(key) ?? []).filter(at => at > now() - windowMs)
  const makeRoom = (): void => {
    if (failures.size < max) return
    for (const key of failures.keys()) if (recent(key).length === 0) failures.delete(key)
    for (const key of failures.keys()) {
      if (failures.size < max) return
      failures.delete(key)
    }
  }
  return {
    waitSeconds(key) {
      if (!failures.has(key)) return 0
      const times = recent(key)
      if (times.length === 0) failures.delete(key)
      const first = times[times.length - limit]
      return first === undefined ? 0 : Math.max(1, Math.ceil((first + windowMs - now()) / 1000))
    },
    failed(key) {
      const times = recent(key)
      times.push(now())
      if (!failures.has(key)) makeRoom()
      failures.set(key, times.slice(-limit))
    },
    forgive: key => {
      failures.delete(key)
    },
  }
}
