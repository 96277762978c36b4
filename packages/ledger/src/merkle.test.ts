import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  consistencyProof,
  inclusionProof,
  merkleRoot,
  merkleTree,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

/** The leaves and roots that implementations of RFC 6962 have tested with since certificate-transparency's own. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  hex => Buffer.from(hex, 'hex'),
)
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

const leaves = (count: number): Buffer[] => Array.from({ length: count }, (_, i) => Buffer.alloc(32, i))

test('roots are those of the RFC 6962 test tree, at every size', () => {
  const tree = merkleTree()
  for (const [size, root] of ROOTS.entries()) {
    assert.equal(tree.size, size)
    assert.equal(tree.root().toString('hex'), root)
    const leaf = LEAVES[size]
    if (leaf) tree.appendBytes(leaf)
  }
})

test('a tree goes on from its subtrees as if it had never stopped', () => {
  for (let cut = 0; cut <= 33; cut++) {
    const first = merkleTree()
    for (const leaf of leaves(33).slice(0, cut)) first.appendBytes(leaf)
    const second = merkleTree({ size: first.size, range: first.range() })
    for (const leaf of leaves(33).slice(cut)) second.append(leaf.toString('hex'))
    assert.deepEqual(second.root(), merkleRoot(leaves(33)), `cut at ${cut}`)
  }
  assert.throws(() => merkleTree({ size: 3, range: ['00'.repeat(32)] }), RangeError)
})

test('every leaf of every tree up to 20 proves that it is there, and nothing else does', () => {
  for (let size = 1; size <= 20; size++) {
    const all = leaves(size)
    const root = merkleRoot(all)
    for (const [index, leaf] of all.entries()) {
      const proof = inclusionProof(all, index)
      assert.ok(verifyInclusion(leaf, { index, size, proof, root }), `${index} of ${size}`)
      assert.ok(!verifyInclusion(Buffer.alloc(32, 99), { index, size, proof, root }), 'another leaf')
      assert.ok(!verifyInclusion(leaf, { index, size, proof: [...proof, root], root }), 'a proof too long')
      if (proof.length > 0) assert.ok(!verifyInclusion(leaf, { index, size, proof: proof.slice(1), root }), 'too short')
      if (size > 1) assert.ok(!verifyInclusion(leaf, { index: (index + 1) % size, size, proof, root }), 'another place')
    }
  }
  assert.throws(() => inclusionProof(leaves(3), 3), RangeError)
})

test('every tree up to 20 proves that it begins with each smaller one, and a rewritten tree cannot', () => {
  for (let size = 1; size <= 20; size++) {
    const second = { size, root: merkleRoot(leaves(size)) }
    for (let smaller = 1; smaller <= size; smaller++) {
      const first = { size: smaller, root: merkleRoot(leaves(smaller)) }
      const proof = consistencyProof(leaves(size), smaller)
      assert.ok(verifyConsistency(first, second, proof), `${smaller} in ${size}`)
      const rewritten = leaves(smaller).with(0, Buffer.alloc(32, 99))
      assert.ok(!verifyConsistency({ size: smaller, root: merkleRoot(rewritten) }, second, proof), 'rewritten')
      assert.ok(!verifyConsistency(first, second, [...proof, first.root]), 'a proof too long')
      if (smaller < size) assert.ok(!verifyConsistency(first, second, proof.slice(1)), 'a proof too short')
    }
  }
  assert.throws(() => consistencyProof(leaves(3), 4), RangeError)
})
