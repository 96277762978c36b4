/**
 * Writes the engine's data modules from the files that people edit and read: the engine is pure and reads no files.
 *
 *     node scripts/generate-engine-data.ts
 *
 * `packages/engine/data/services.tsv` → `filter/services.generated.ts`, `data/public-suffix.txt` →
 * `filter/public-suffix.generated.ts`. A test compares them, so a file that was edited and not generated is found.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { publicSuffixModule, servicesModule } from './engine-data/modules.ts'

const engine = new URL('../packages/engine/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(`data/${name}`, engine), 'utf8')
const write = (name: string, text: string): void => writeFileSync(new URL(`src/filter/${name}`, engine), text)

write('services.generated.ts', servicesModule(read('services.tsv')))
write('public-suffix.generated.ts', publicSuffixModule(read('public-suffix.txt')))
