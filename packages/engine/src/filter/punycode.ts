/** RFC 3492 section 5: the parameters of Punycode. */
const base = 36
const tMin = 1
const tMax = 26
const skew = 38
const damp = 700
const initialBias = 72
const initialN = 128

const digit = (value: number): string => String.fromCharCode(value < 26 ? 97 + value : 22 + value)

/** RFC 3492 section 6.1. */
function adapt(delta: number, points: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / damp) : delta >> 1
  rest += Math.floor(rest / points)
  let k = 0
  for (; rest > ((base - tMin) * tMax) >> 1; k += base) rest = Math.floor(rest / (base - tMin))
  return k + Math.floor(((base - tMin + 1) * rest) / (rest + skew))
}

/** RFC 3492 section 6.3, without the 'xn--' in front. Labels are short, so no overflow is possible. */
export function encodePunycode(label: string): string {
  const points = Array.from(label, character => character.codePointAt(0) ?? 0)
  const basic = points.filter(point => point < 128)
  let output = String.fromCharCode(...basic)
  let handled = basic.length
  if (handled > 0) output += '-'
  let n = initialN
  let delta = 0
  let bias = initialBias
  while (handled < points.length) {
    const next = Math.min(...points.filter(point => point >= n))
    delta += (next - n) * (handled + 1)
    n = next
    for (const point of points) {
      if (point < n) delta += 1
      if (point !== n) continue
      let q = delta
      for (let k = base; ; k += base) {
        const t = k <= bias ? tMin : k >= bias + tMax ? tMax : k - bias
        if (q < t) break
        output += digit(t + ((q - t) % (base - t)))
        q = Math.floor((q - t) / (base - t))
      }
      output += digit(q)
      bias = adapt(delta, handled + 1, handled === basic.length)
      delta = 0
      handled += 1
    }
    delta += 1
    n += 1
  }
  return output
}

/** RFC 3492 section 6.2, of a label without its 'xn--'. Null if it is not Punycode. */
export function decodePunycode(text: string): string | null {
  const delimiter = text.lastIndexOf('-')
  const points = Array.from(delimiter > 0 ? text.slice(0, delimiter) : '', character => character.charCodeAt(0))
  let n = initialN
  let bias = initialBias
  let i = 0
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < text.length; ) {
    const before = i
    let weight = 1
    for (let k = base; ; k += base) {
      const value = digitValue(text.charCodeAt(at))
      at += 1
      if (value < 0) return null
      i += value * weight
      if (i > 0x7fffffff) return null
      const t = k <= bias ? tMin : k >= bias + tMax ? tMax : k - bias
      if (value < t) break
      weight *= base - t
    }
    bias = adapt(i - before, points.length + 1, before === 0)
    n += Math.floor(i / (points.length + 1))
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return null
    i %= points.length + 1
    points.splice(i, 0, n)
    i += 1
  }
  return String.fromCodePoint(...points)
}

/** -1 for what is no digit of Punycode, the end of the text included. */
const digitValue = (character: number): number =>
  character >= 97 && character <= 122
    ? character - 97
    : character >= 65 && character <= 90
      ? character - 65
      : character >= 48 && character <= 57
        ? character - 22
        : -1
