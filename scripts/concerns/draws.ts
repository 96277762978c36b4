/** A fixed sequence of draws from where it begins: each a whole number from 0 to below `below`. */
export function drawsFrom(begin: number): (below: number) => number {
  let state = begin
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 4294967296) * below)
  }
}
