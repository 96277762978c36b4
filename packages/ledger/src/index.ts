export { canonicalJson, type JsonObject, type JsonValue } from './canonical.ts'
export {
  type Checkpoint,
  CheckpointError,
  checkpointOrigin,
  formatCheckpoint,
  makeSigningKey,
  NoteError,
  type NoteVerdict,
  parseCheckpoint,
  readSigningKey,
  signNote,
  verifyNote,
  vkeyOf,
} from './checkpoint.ts'
export { describeVerdict, type VerifyFileOptions, verifyFile } from './cli-verify.ts'
export { type EntryContent, entryHash, entryParts, GENESIS, type LedgerEntry } from './entry.ts'
export { type ExportHeader, type ExportTail, exportLines, verifyExport } from './export.ts'
export {
  consistencyProof,
  inclusionProof,
  type MerkleTree,
  merkleTree,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'
export {
  createVerifier,
  type Expectation,
  formatHead,
  type Head,
  HeadsError,
  type Problem,
  type ProblemKind,
  parseHeads,
  type Verdict,
  type Verifier,
  type VerifierOptions,
} from './verify.ts'
