import type { Change, Read, ReadContext, WriteContext } from '../platform/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { SchoolJob } from '../platform/jobs.ts'
import type { Page } from '../platform/page.ts'
import { createNameLookup } from './lesson-lookup.ts'
import { lessonPages, type LessonPageReads } from './lesson-pages.ts'
import { createLessonService, type LessonServiceWrites } from './lesson-service.ts'
import { lessonReads, lessonWrites } from './lesson-store.ts'
import type { ListsFolder } from './lists-folder.ts'
import type { PassService } from './pass-service.ts'

/* Sites for lessons, joined, so that compose needs a line for each kind of thing. */

export const lessonDomainReads = (context: ReadContext) => ({ lessons: lessonReads(context) })
export const lessonDomainWrites = (context: WriteContext) => ({ lessons: lessonWrites(context) })

export function joinLessons<W extends LessonServiceWrites>(parts: {
  readonly change: Change<W>
  readonly read: Read<LessonPageReads>
  readonly passes: PassService
  readonly lists: ListsFolder
  readonly clock: Clock
  readonly resolver: string | undefined
}) {
  const service = createLessonService({ ...parts, lookup: createNameLookup(parts.resolver) })
  const pages: readonly Page<LessonPageReads>[] = lessonPages(service)
  const jobs: readonly SchoolJob[] = [
    {
      name: 'filtering.lesson-sites',
      everySeconds: 3600,
      run: async schoolId => void (await service.recheck(schoolId, parts.clock())),
    },
  ]
  return { services: { lessons: service }, pages, jobs }
}
