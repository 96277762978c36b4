/**
 * The stretch of `after` in which it differs from `before`, with up to `around` characters of what stands on either side, so
 * that the same words are not judged again each time that something is added to them. '' where nothing was added.
 */
export function freshPart(before: string, after: string, around: number): string {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1
  let same = 0
  while (
    same < shorter - start &&
    before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)
  )
    same += 1
  const end = after.length - same
  if (start >= end) return ''
  return after.slice(Math.max(0, start - around), Math.min(after.length, end + around))
}
