import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * The programs of others that a school may put Gatehouse's rules into, started from their Debian packages with folders, ports
 * and pid files of their own, and web sites for them to lead to.
 */

/** Where Debian keeps daemons, which an ordinary user's PATH leaves out. */
const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin']

/** Path of a program, or null. */
export function programPath(name: string): string | null {
  for (const folder of folders) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not there.
    }
  }
  return null
}

/**
 * For a test's `skip`: what is missing, in one sentence, or false when everything is there. On a developer's machine such a
 * test is left out and said to be; `.ci/run` installs the packages, and there it fails.
 */
export function needs(...programs: readonly { readonly program: string; readonly debian: string }[]): string | false {
  const missing = programs.filter(({ program }) => programPath(program) === null)
  if (missing.length === 0) return false
  const packages = [...new Set(missing.map(({ debian }) => debian))].join(' ')
  return `needs ${missing.map(({ program }) => program).join(', ')}: type "apt-get install ${packages}"`
}

/** A folder that a daemon's own user may pass through. */
export function openFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), name))
  chmodSync(folder, 0o755)
  return folder
}

/** A free port of this machine; somebody else may take it in between, which a test run never saw. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createTcpServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

export interface Site {
  readonly port: number
  close(): void
}

const listening = (server: Server): Promise<Site> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => void server.close() }),
    )
  })
export const webSite = (answer: RequestListener): Promise<Site> => listening(createServer(answer))
export const secureSite = (pair: CertificatePair, answer: RequestListener): Promise<Site> =>
  listening(createHttpsServer({ cert: readFileSync(pair.certificate), key: readFileSync(pair.key) }, answer))

export interface CertificatePair {
  readonly certificate: string
  readonly key: string
}

/** An authority made for this run, and a certificate of it for some names. */
export function testAuthority(
  folder: string,
  names: readonly string[],
): { authority: CertificatePair; site: CertificatePair } {
  mkdirSync(folder, { recursive: true })
  const pair = (name: string): CertificatePair => ({
    certificate: join(folder, `${name}.pem`),
    key: join(folder, `${name}.key`),
  })
  const [authority, site] = [pair('authority'), pair('site')]
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { stdio: 'ignore' })
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=Authority of a test',
    '-keyout',
    authority.key,
    '-out',
    authority.certificate,
  )
  const by = ['-CA', authority.certificate, '-CAkey', authority.key]
  const alternatives = `subjectAltName=${names.map(name => `DNS:${name}`).join(',')}`
  openssl(
    'req',
    '-x509',
    ...newKey,
    ...by,
    '-subj',
    '/CN=site',
    '-addext',
    alternatives,
    '-keyout',
    site.key,
    '-out',
    site.certificate,
  )
  chmodSync(authority.certificate, 0o644)
  return { authority, site }
}

/** A home folder in which Chromium trusts these authorities (the NSS store of a Linux user). */
export function trustingHome(folder: string, certificates: readonly string[]): string {
  const store = join(folder, '.pki', 'nssdb')
  mkdirSync(store, { recursive: true })
  execFileSync('certutil', ['-d', `sql:${store}`, '-N', '--empty-password'])
  for (const [n, file] of certificates.entries())
    execFileSync('certutil', ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', `authority ${n}`, '-i', file])
  return folder
}

export interface Daemon {
  readonly pid: number
  said(): string
  stop(): Promise<void>
}

/** Starts a program in the foreground and waits until it listens on this TCP port. */
export async function daemon(program: string, words: readonly string[], port: number): Promise<Daemon> {
  const child: ChildProcess = spawn(programPath(program) ?? program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', part => (said += part))
  const ended = new Promise<void>(done => child.once('close', () => done()))
  const deadline = Date.now() + 30_000
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${program} did not come up: ${said}`)
    await new Promise(done => setTimeout(done, 50))
  }
  return {
    pid: child.pid ?? 0,
    said: () => said,
    stop: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    },
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise(done => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })

export interface CurlAnswer {
  /** Of the last answer; 0 when there was none. */
  readonly status: number
  /** Of the answer to CONNECT; 0 when there was none. */
  readonly connect: number
  readonly location: string
  readonly body: string
  readonly fault: string
}

/** As a person would type it; the sites that it may lead to are of this process, so nothing here may wait for it. */
export function curl(...words: readonly string[]): Promise<CurlAnswer> {
  const format = '\n%{http_code} %{http_connect} %{redirect_url}'
  return new Promise(done => {
    execFile('curl', ['-sS', '--max-time', '15', '-w', format, ...words], (_, stdout, stderr) => {
      const at = stdout.lastIndexOf('\n')
      const [status = '', connected = '', location = ''] = stdout.slice(at + 1).split(' ')
      done({
        status: Number(status),
        connect: Number(connected),
        location,
        body: stdout.slice(0, Math.max(0, at)),
        fault: stderr.trim(),
      })
    })
  })
}

/** Process ids whose command line holds all of these words, found in /proc: children of a daemon that it does not tell of. */
export function processesWith(...words: readonly string[]): number[] {
  const found = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).stdout.split('\n')
  return found
    .filter(line => words.every(word => line.includes(word)))
    .map(line => Number(line.trim().split(' ')[0]))
    .filter(pid => pid !== process.pid && existsSync(`/proc/${pid}`))
}

export const removed = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
