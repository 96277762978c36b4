declare module 'crx3' {
  /** Packs the files named, relative to the first one's folder, and signs them. */
  export default function crx3(
    files: readonly string[],
    options: { readonly keyPath: string; readonly crxPath: string; readonly zipPath?: string },
  ): Promise<unknown>
}
