/** The text of the engine's generated modules. */

const lines = (text: string): string[] => text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

/** From `services.tsv`; `-` is no row of the matrix, `account` an age that is for having an account only. */
export function servicesModule(tsv: string): string {
  const services = lines(tsv).map(line => {
    const [id, name, hosts = '', minimumAge, technology, age] = line.split('\t')
    return {
      id,
      name,
      ...(technology === '-' ? {} : { technology }),
      hosts: hosts.split(','),
      minimumAge: Number(minimumAge),
      ...(age === 'account' ? { ageIsForAccountsOnly: true } : {}),
    }
  })
  return [
    '// Written by scripts/generate-engine-data.ts from data/services.tsv: edit that.',
    "import type { Service } from './types.ts'",
    '',
    'export const shippedServices: readonly Service[] = [',
    ...services.map(service => `  ${JSON.stringify(service)},`),
    ']',
    '',
  ].join('\n')
}

/** From `public-suffix.txt`, one rule a line, as one text. */
export const publicSuffixModule = (text: string): string =>
  [
    '// This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not',
    '// distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/.',
    '// Written by scripts/generate-engine-data.ts from data/public-suffix.txt, a snapshot of https://publicsuffix.org/list/.',
    'export const publicSuffixRules =',
    `  ${JSON.stringify(lines(text).join(' '))}`,
    '',
  ].join('\n')
