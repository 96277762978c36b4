/** The path of a Chromium that runs, or one sentence that says what to type. May install it (root on Debian or Ubuntu), announced first. */
export function ensureChromium(announce: (line: string) => void): { readonly path: string } | { readonly sentence: string }
