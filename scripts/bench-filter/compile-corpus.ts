/** `compile-corpus.ts FOLDER OUT MADE-UP`: compiles the entries of a folder of lists, and made-up names beside them. */
import { writeFileSync } from 'node:fs'
import { listCompiler, publicSources } from '../../packages/engine/src/filter/index.ts'
import { eachEntry, madeUpNames } from './corpus.ts'

const [folder = '', out = '', madeUp = '0'] = process.argv.slice(2)
const compiler = listCompiler(
  publicSources.map(({ id, name, licence }) => ({ id, name, licence, date: '', isCurated: false })),
)
eachEntry(folder, compiler.add)
for (const domain of madeUpNames(Number(madeUp))) compiler.add({ domain, category: 'pornography', source: 'ut1' })
writeFileSync(out, compiler.finish())
