/** A wall clock that went back by more than this, against the time that really passed, is written down. */
export const clockStepMs = 60_000

export interface ClockStep {
  /** What the wall clock would have shown had it gone on. */
  readonly expected: Date
  readonly shown: Date
}

/**
 * Watches the wall clock against a clock that only goes forward (`performance.now`). Only steps back are reported: a step
 * forward cannot be told from a machine that slept, and nothing is lost by either, since whatever fell due in between is noticed
 * with its own true time.
 */
export function watchWallClock(wall: () => Date, steadyMs: () => number): () => ClockStep | null {
  let lastWall = wall()
  let lastSteadyMs = steadyMs()
  return () => {
    const shown = wall()
    const nowMs = steadyMs()
    const expected = new Date(lastWall.getTime() + (nowMs - lastSteadyMs))
    lastWall = shown
    lastSteadyMs = nowMs
    return expected.getTime() - shown.getTime() > clockStepMs ? { expected, shown } : null
  }
}
