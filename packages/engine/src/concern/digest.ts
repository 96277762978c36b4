import type { ConcernText, Detector } from './types.ts'

/**
 * One number for a detector's answers to many texts, the same wherever the same answers were given byte for byte: for
 * comparing the server with a browser. Two FNV-1a hashes over the JSON of each answer, as 16 hexadecimal digits.
 */
export function digestResults(detector: Detector, texts: Iterable<ConcernText>): string {
  let first = 0x811c9dc5
  let second = 0x050c5d1f
  for (const text of texts) {
    const answer = JSON.stringify(detector.detect(text))
    for (let at = 0; at < answer.length; at++) {
      const unit = answer.charCodeAt(at)
      first = Math.imul(first ^ (unit & 0xff), 0x01000193)
      first = Math.imul(first ^ (unit >>> 8), 0x01000193)
      second = Math.imul(second ^ unit, 0x01000193) ^ (second >>> 13)
    }
  }
  const hex = (hash: number): string => (hash >>> 0).toString(16).padStart(8, '0')
  return hex(first) + hex(second)
}
