#!/usr/bin/env node
/**
 * Prints the path of a Chromium that runs; the browser tests need one. Order: CHROMIUM, the usual places, the PATH. Where
 * there is none and we are root on Debian or Ubuntu it is installed with apt, announced first. Otherwise one sentence on
 * standard error says what to type, and the status is 1.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

function candidates() {
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    '/usr/bin',
    '/usr/local/bin',
    '/snap/bin',
    '/opt/google/chrome',
  ]
  return [
    ...folders.filter(Boolean).flatMap(folder => names.map(name => path.join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    path.join(homedir(), 'Applications/Chromium.app/Contents/MacOS/Chromium'),
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ]
}

/** Ubuntu's package without snap is a script that only tells people to install the snap: a browser says its version. */
const runs = file =>
  existsSync(file) &&
  (process.platform === 'win32' ||
    /\d+\.\d+\.\d+/.test(spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 30_000 }).stdout ?? ''))

const findChromium = () => candidates().find(runs)

function isDebianOrUbuntu() {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

/**
 * @param {(line: string) => void} announce
 * @returns {{ path: string } | { sentence: string }} `sentence` says exactly what to type.
 */
export function ensureChromium(announce) {
  const chosen = process.env.CHROMIUM
  if (chosen) {
    return runs(chosen)
      ? { path: chosen }
      : {
          sentence: `CHROMIUM names ${chosen}, which is not a browser that runs: type "unset CHROMIUM", or set it to one that does.`,
        }
  }
  const found = findChromium()
  if (found) return { path: found }
  if (!isDebianOrUbuntu())
    return {
      sentence:
        'The browser tests need Chromium, found none: install Chromium or Chrome, or type "export CHROMIUM=/path/to/chromium".',
    }
  if (process.getuid?.() !== 0)
    return {
      sentence:
        'The browser tests need Chromium, found none: type "sudo apt-get update && sudo apt-get install -y chromium".',
    }
  announce('Installing Chromium with apt-get, which the browser tests need (nothing else on this machine changes)')
  const apt = args =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  const update = apt(['-qq', 'update'])
  const install = apt(['-qq', '-y', '-o', 'DPkg::Lock::Timeout=300', 'install', '--no-install-recommends', 'chromium'])
  const installed = findChromium()
  if (installed) return { path: installed }
  const words = `${install.stderr || update.stderr || 'the package has no browser in it'}`.trim().split('\n').at(-1)
  return {
    sentence: `The browser tests need Chromium, and apt-get could not install it (${words}): type "apt-get update && apt-get install -y chromium" (Ubuntu: "snap install chromium"), or "export CHROMIUM=/path/to/chromium".`,
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const chromium = ensureChromium(line => console.error(line))
  if ('path' in chromium) console.log(chromium.path)
  else {
    console.error(chromium.sentence)
    process.exitCode = 1
  }
}
