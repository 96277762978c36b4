/**
 * Hardware addresses of the machines on the gateway's own network segment, as the kernel's ARP table has them
 * (Linux, IPv4). Elsewhere, and beyond a router, none is known, and a device map must name IP addresses.
 */
import { readFile } from 'node:fs/promises'

/** One line: `IP address, HW type, Flags, HW address, Mask, Device`; flag 0x2 means complete. */
export function readArpTable(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n').slice(1)) {
    const [address, , flags, hardwareAddress] = line.trim().split(/\s+/)
    if (!address || !hardwareAddress || (Number(flags) & 2) === 0) continue
    if (/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(hardwareAddress)) found.set(address, hardwareAddress.toLowerCase())
  }
  return found
}

/** The table as it stands now; empty where the system has none to read. */
export const theNeighbours = async (): Promise<ReadonlyMap<string, string>> =>
  readArpTable(await readFile('/proc/net/arp', 'utf8').catch(() => ''))
