/** ClientHellos to order, for tests and the bench: what TLS clients send first, and what attackers might. */

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const vector = (size: 1 | 2, content: Buffer): Buffer =>
  Buffer.concat([size === 1 ? Buffer.from([content.length]) : u16(content.length), content])

export const extension = (type: number, content: Buffer): Buffer => Buffer.concat([u16(type), vector(2, content)])
export const serverNameOf = (name: string | Buffer): Buffer =>
  extension(0, vector(2, Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(name))])))

export interface HelloOptions {
  /** Written as it is; null leaves the extension out. */
  readonly name?: string | null
  readonly extensions?: readonly Buffer[]
  /** Bytes of handshake in each record. */
  readonly recordBytes?: number
}

export function helloBody({ name = 'news.example', extensions = [] }: HelloOptions = {}): Buffer {
  const all = Buffer.concat([...(name === null ? [] : [serverNameOf(name)]), ...extensions])
  return Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(32, 9)),
    vector(2, Buffer.from([0x13, 0x01, 0x13, 0x02])),
    vector(1, Buffer.from([0])),
    vector(2, all),
  ])
}

export function inRecords(body: Buffer, recordBytes = 16_384): Buffer {
  const message = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body])
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += recordBytes) {
    records.push(Buffer.from([22, 3, 1]), vector(2, message.subarray(at, at + recordBytes)))
  }
  return Buffer.concat(records)
}

export const clientHello = (options: HelloOptions = {}): Buffer => inRecords(helloBody(options), options.recordBytes)
