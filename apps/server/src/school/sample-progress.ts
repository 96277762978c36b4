/** The making of the sample school from the browser: one at a time, in this process, with its progress to look at. */
export type SampleState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'making'; readonly step: string; readonly done: number; readonly of: number }
  | { readonly kind: 'made' }
  | { readonly kind: 'failed'; readonly why: string }

export type Report = (step: string, done: number, of: number) => void

export interface SampleProgress {
  state(): SampleState
  start(): void
}

export function createSampleProgress(
  make: (report: Report) => Promise<unknown>,
  log: (line: string) => void,
): SampleProgress {
  let state: SampleState = { kind: 'idle' }
  return {
    state: () => state,
    start: () => {
      if (state.kind === 'making') return
      state = { kind: 'making', step: 'Starting', done: 0, of: 1 }
      make((step, done, of) => {
        state = { kind: 'making', step, done, of }
      }).then(
        () => {
          state = { kind: 'made' }
        },
        error => {
          log(`sample school: ${error instanceof Error ? error.stack : 'unknown fault'}`)
          state = {
            kind: 'failed',
            why: 'Something went wrong while it was being made. Delete the data folder and start again.',
          }
        },
      )
    },
  }
}
