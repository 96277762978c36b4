/** What the gateway says to its operator. Never names of people, never addresses that anybody visited. */
export interface Announcer {
  /** One line, each time. */
  say(line: string): void
  /** One line about a state that lasts: said when it changes, and again every five minutes while it goes on. */
  sayState(about: string, line: string): void
  /** The state is over; said once, if it had been said to be on. */
  sayOver(about: string, line: string): void
}

const againAfterMs = 5 * 60_000

export function createAnnouncer(write: (line: string) => void, now: () => number): Announcer {
  const states = new Map<string, { readonly line: string; readonly at: number }>()
  return {
    say: write,
    sayState(about, line) {
      const last = states.get(about)
      if (last && last.line === line && now() - last.at < againAfterMs) return
      states.set(about, { line, at: now() })
      write(line)
    },
    sayOver(about, line) {
      if (states.delete(about)) write(line)
    },
  }
}
