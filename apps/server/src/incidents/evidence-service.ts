import { createHash } from 'node:crypto'
import { type Actor, mustBeAllowed, personOf } from '../platform/actor.ts'
import { type Change, changed, type Read } from '../platform/change.ts'
import type { Scanner } from '../platform/clamd.ts'
import type { UploadedFile } from '../platform/form.ts'
import { newId } from '../platform/identifiers.ts'
import { Refusal } from '../platform/refusal.ts'
import { act } from './case.ts'
import type { OpeningReason } from './case-parts.ts'
import type { CasePartWrites } from './case-parts-store.ts'
import type { CaseReads, CaseWrites } from './case-store.ts'
import { evidenceBytes, lies, typeOf } from './evidence.ts'
import type { EvidenceFiles } from './evidence-files.ts'
import type { Evidence, EvidenceReads, EvidenceWrites } from './evidence-store.ts'
import type { IllegalReads, IllegalWrites } from './illegal-store.ts'

interface Writes {
  cases: CaseWrites
  caseParts: CasePartWrites
  evidence: EvidenceWrites
  illegal: IllegalWrites
}
const noFileHere =
  'This case is on the illegal-content path, so no file can be sent to it. Do not look at the material, do not copy it and do not try again: leave it where it is and call the police.'

export type EvidenceService = ReturnType<typeof createEvidenceService>
/** @param scanner null when no daemon is configured: evidence then says that it was not scanned. */
export function createEvidenceService(
  change: Change<Writes>,
  read: Read<{ cases: CaseReads; illegal: IllegalReads; evidence: EvidenceReads }>,
  files: EvidenceFiles,
  scanner: Scanner | null,
) {
  return {
    /**
     * Asked before a byte of an upload is read. @throws {Refusal} with what to do instead, after writing down that
     * somebody tried.
     */
    mayUpload: async (actor: Actor, caseId: string): Promise<boolean> => {
      const { refuses, actions } = await read(actor.schoolId, async ({ cases, illegal }) => {
        const file = await cases.get(actor, caseId)
        return { refuses: await illegal.refusesFiles(file.id), actions: file }
      })
      if (refuses) {
        await change(actor, async () =>
          changed(undefined, {
            type: 'evidence.refused',
            subject: `case:${caseId}`,
            detail: { why: 'illegal-content path' },
          }),
        )
        throw new Refusal('forbidden', noFileHere)
      }
      act(actor, actions, 'evidence')
      return true
    },
    add: async (actor: Actor, caseId: string, upload: UploadedFile): Promise<Evidence> => {
      const person = personOf(actor)
      mustBeAllowed(actor, 'evidence.add')
      if (upload.content.length > evidenceBytes)
        throw new Refusal('invalid', 'A file may have up to 20 MB. Nothing was kept.')
      const scanned = scanner ? await scanner.scan(upload.content) : null
      if (scanned?.verdict === 'infected') {
        await change(actor, async ({ cases }) => {
          await cases.lock(actor, caseId)
          return changed(undefined, {
            type: 'evidence.infected',
            subject: `case:${caseId}`,
            detail: { malware: scanned.name },
          })
        })
        throw new Refusal(
          'invalid',
          `The scanner found malware in this file (${scanned.name}). It was not kept; tell the network manager.`,
        )
      }
      if (scanned?.verdict === 'failed')
        throw new Refusal(
          'unavailable',
          'The virus scanner did not answer, so the file was not taken. Try again in a minute, or tell the network manager.',
        )
      const id = newId()
      let written = false
      try {
        return await change(actor, async ({ cases, illegal, evidence }) => {
          const file = await cases.lock(actor, caseId)
          act(actor, file, 'evidence')
          // The path may have begun while the file was on its way.
          if (await illegal.refusesFiles(file.id)) throw new Refusal('forbidden', noFileHere)
          const foundType = typeOf(upload.content)
          const added = {
            id,
            caseId,
            keyId: await evidence.seal.newKey(),
            name: upload.name,
            sizeBytes: upload.content.length,
            claimedType: upload.claimedType.slice(0, 100),
            foundType,
            lies: lies(foundType, upload.name, upload.claimedType),
            sha256: createHash('sha256').update(upload.content).digest('hex'),
            scan: scanned ? ('clean' as const) : ('not-scanned' as const),
            addedBy: person.personId,
          }
          await files.write(actor.schoolId, id, await evidence.seal.seal(added.keyId, upload.content))
          written = true
          await evidence.add(added)
          const { name: _, keyId: __, ...said } = added
          return changed(
            { ...added, addedAt: cases.now, erasedAt: null },
            {
              type: 'evidence.added',
              subject: `case:${caseId}`,
              detail: {
                evidence: id,
                sha256: said.sha256,
                bytes: said.sizeBytes,
                type: foundType,
                lies: said.lies,
                scan: said.scan,
              },
            },
          )
        })
      } catch (error) {
        if (written) await files.remove(actor.schoolId, id)
        throw error
      }
    },
    /** The bytes, after writing down who asked and why. @throws {Refusal} `conflict` when they are not what was stored. */
    open: async (
      actor: Actor,
      caseId: string,
      id: string,
      reason: OpeningReason,
      words: string | null,
    ): Promise<{ evidence: Evidence; name: string; content: Buffer }> => {
      mustBeAllowed(actor, 'evidence.open')
      const evidence = await change(actor, async ({ cases, caseParts, evidence: store, illegal }) => {
        const file = await cases.lock(actor, caseId)
        if (await illegal.refusesFiles(file.id))
          throw new Refusal(
            'forbidden',
            'This case is on the illegal-content path. Nothing in it is opened; the police are asked first.',
          )
        const found = await store.get(caseId, id)
        if (found.erasedAt)
          throw new Refusal('not-found', 'This evidence was erased; only the fact that it existed remains.')
        await caseParts.addOpening(file, personOf(actor).personId, {
          reason,
          words,
          evidenceId: found.id,
          until: cases.now,
        })
        return changed(found, {
          type: 'evidence.opened',
          subject: `case:${caseId}`,
          detail: { evidence: found.id, reason },
        })
      })
      return read(actor.schoolId, async ({ evidence: store }) => {
        const content = await store.unseal(evidence, await files.read(actor.schoolId, evidence.id))
        if (createHash('sha256').update(content).digest('hex') !== evidence.sha256)
          throw new Refusal(
            'conflict',
            'This file is not the one that was stored. Tell the headteacher and the network manager.',
          )
        return { evidence, name: await store.nameOf(evidence), content }
      })
    },
    /** Destroys the key, so no copy anywhere can be read again, and then the file. Never while the case is held. */
    erase: async (actor: Actor, caseId: string, id: string): Promise<void> => {
      mustBeAllowed(actor, 'evidence.erase')
      await change(actor, async ({ cases, evidence: store }) => {
        const file = await cases.lock(actor, caseId)
        if (file.heldAt)
          throw new Refusal(
            'conflict',
            'Everything in this case is held for possible proceedings, so nothing is erased.',
          )
        const found = await store.get(caseId, id)
        if (found.erasedAt) throw new Refusal('conflict', 'This evidence was erased already.')
        await store.erase(found, personOf(actor).personId)
        return changed(undefined, {
          type: 'evidence.erased',
          subject: `case:${caseId}`,
          detail: { evidence: found.id, sha256: found.sha256 },
        })
      })
      await files.remove(actor.schoolId, id)
    },
  }
}
