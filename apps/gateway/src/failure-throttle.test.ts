import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createFailureThrottle } from './failure-throttle.ts'

it('a key waits from its last allowed failure until the oldest of them is out of the window', () => {
  let now = 0
  const throttle = createFailureThrottle(3, 10_000, () => now)
  for (now = 0; now < 3000; now += 1000) {
    assert.equal(throttle.waitSeconds('jun'), 0)
    throttle.failed('jun')
  }
  assert.equal(throttle.waitSeconds('jun'), 7)
  assert.equal(throttle.waitSeconds('sam'), 0)
  now = 10_000
  assert.equal(throttle.waitSeconds('jun'), 0)
  throttle.failed('jun')
  assert.equal(throttle.waitSeconds('jun'), 1)
  throttle.forgive('jun')
  assert.equal(throttle.waitSeconds('jun'), 0)
})

it('a flood of made-up names is forgotten before it fills the memory, oldest first', () => {
  const throttle = createFailureThrottle(1, 10_000, () => 0, 100)
  for (let count = 0; count < 1000; count++) throttle.failed(`made up ${count}`)
  assert.equal(throttle.waitSeconds('made up 0'), 0)
  assert.equal(throttle.waitSeconds('made up 999'), 10)
})
