import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { provenByTests } from './control-tests.ts'
import { provenControls } from './proven-controls.ts'

const source = join(import.meta.dirname, '..')
const texts = globSync('**/*-controls.test.ts', { cwd: source })
  .filter(name => !name.endsWith('proven-controls.test.ts'))
  .map(name => readFileSync(join(source, name), 'utf8'))

test('a control counts as proven exactly when one test drives it to met and another drives it away', () => {
  const { proven, half } = provenByTests(texts)
  assert.deepEqual(half, [], 'these controls have only one of their two tests')
  assert.deepEqual([...provenControls], proven)
})

test('a control listed with one test of the two, or with none, is found out', () => {
  const both = "test('control a.one: met when x')\ntest('control a.one: leaves met when y')"
  assert.deepEqual(provenByTests([both, 'test(`control a.two: met when x`)']), { proven: ['a.one'], half: ['a.two'] })
  assert.deepEqual(provenByTests(["test('control a.three: leaves met when x')"]), { proven: [], half: ['a.three'] })
  assert.deepEqual(provenByTests(["// control a.four: met when x\ntest.skip('control a.four: leaves met when y')"]), {
    proven: [],
    half: [],
  })
})
