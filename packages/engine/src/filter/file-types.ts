/** Programs and archives, told by the name in an address, and by the headers of what came back. */

export type FileKind = 'program' | 'archive'

/** What a computer or telephone would run or install. No `com`, `js` and `sh`: too many pages end in these. */
const programs: ReadonlySet<string> = new Set(
  'exe msi msix msixbundle appx appxbundle bat cmd scr pif cpl vbs vbe wsf wsh hta ps1 psm1 jar apk aab xapk apkm ipa dmg pkg mpkg deb rpm appimage flatpak snap run crx xpi reg lnk msp gadget dll sys vhd vhdx iso img'.split(
    ' ',
  ),
)
const archives: ReadonlySet<string> = new Set(
  'zip zipx rar 7z tar gz tgz bz2 tbz2 xz txz zst lz lzma cab ace arj lzh lha'.split(' '),
)
const longestExtension = 10

/** Of the last segment of a normalised path. */
export function fileKindOfPath(path: string): FileKind | null {
  const { length } = path
  for (let at = length - 1; at >= length - 1 - longestExtension && at >= 0; at -= 1) {
    const code = path.charCodeAt(at)
    if (code === 46) return at === length - 1 ? null : fileKindOfName(path.slice(at + 1))
    if (code === 47) return null
  }
  return null
}

function fileKindOfName(extension: string): FileKind | null {
  const name = extension.toLowerCase()
  return programs.has(name) ? 'program' : archives.has(name) ? 'archive' : null
}

/** Media types (IANA's, and those that servers really send). */
const programTypes: ReadonlySet<string> = new Set(
  'application/vnd.microsoft.portable-executable application/x-msdownload application/x-msdos-program application/x-dosexec application/x-msi application/x-ms-installer application/x-executable application/x-elf application/x-mach-binary application/vnd.android.package-archive application/x-apple-diskimage application/java-archive application/x-java-archive application/vnd.debian.binary-package application/x-debian-package application/x-rpm application/x-redhat-package-manager application/x-chrome-extension application/x-xpinstall application/x-bat application/hta application/x-powershell application/x-iso9660-image application/vnd.appimage application/x-ms-shortcut application/appx application/msix application/vnd.ms-appx application/octet-stream+exe'.split(
    ' ',
  ),
)
const archiveTypes: ReadonlySet<string> = new Set(
  'application/zip application/x-zip application/x-zip-compressed application/vnd.rar application/x-rar application/x-rar-compressed application/x-7z-compressed application/gzip application/x-gzip application/x-tar application/x-gtar application/x-bzip2 application/x-xz application/zstd application/vnd.ms-cab-compressed application/x-ace-compressed application/x-lzh-compressed'.split(
    ' ',
  ),
)

export interface ResponseHeaders {
  /** Content-Type, as it came: attacker-controlled. */
  readonly contentType?: string | null
  /** Content-Disposition, as it came: attacker-controlled. */
  readonly disposition?: string | null
}

/** What came back, by its type or, where it is to be saved, by its name; the graver of the two. */
export function fileKindOfResponse({ contentType, disposition }: ResponseHeaders): FileKind | null {
  const type = (contentType ?? '').slice(0, 200).split(';')[0]?.trim().toLowerCase() ?? ''
  const byType = programTypes.has(type) ? 'program' : archiveTypes.has(type) ? 'archive' : null
  const byName = fileKindOfDisposition((disposition ?? '').slice(0, 2000))
  return byType === 'program' || byName === 'program' ? 'program' : (byType ?? byName)
}

/** RFC 6266: `filename` and `filename*`, in quotation marks or not. */
function fileKindOfDisposition(disposition: string): FileKind | null {
  let kind: FileKind | null = null
  for (const [, quoted, plain] of disposition.matchAll(/filename\*?\s*=\s*(?:"([^"]*)"|([^;\s]*))/gi)) {
    const name = (quoted ?? plain ?? '').replace(/%2e/gi, '.').replace(/[. ]+$/, '')
    const found = fileKindOfName(name.slice(name.lastIndexOf('.') + 1))
    if (found === 'program' || kind === null) kind = found ?? kind
  }
  return kind
}
