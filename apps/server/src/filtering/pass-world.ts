/** A school with two classes and their teachers, for tests of what is open to one class alone. */
import { londonDate } from '@gatehouse/engine/calendar'
import { type PersonActor, systemActor } from '../platform/actor.ts'
import { changed } from '../platform/change.ts'
import type { TestSchool } from '../testing/test-school.ts'
import type { PassQuestion } from './pass-service.ts'
import type { PassRecord } from './pass-store.ts'

export interface PassSchool {
  readonly teacher: PersonActor
  readonly otherTeacher: PersonActor
  readonly dsl: PersonActor
  readonly head: PersonActor
  readonly manager: PersonActor
  readonly governor: PersonActor
  /** In year 5 of Oak class, and in Elm class. */
  readonly pupil: PersonActor
  readonly otherPupil: PersonActor
  /** A history-of-drugs site in the lists, for one lesson of today. */
  question(changes?: Partial<PassQuestion>): PassQuestion
  pass(id: string): Promise<PassRecord>
}

export const oak = 'class-oak'
export const elm = 'class-elm'

export async function joinClass(
  school: TestSchool,
  classId: string,
  name: string,
  people: readonly { person: PersonActor; part: 'member' | 'teacher'; group?: string }[],
): Promise<void> {
  await school.app.change(systemActor(school.schoolId, 'test'), async writes => {
    if ((await writes.people.groups('class')).every(({ id }) => id !== classId))
      await writes.people.addGroup(classId, 'class', name)
    for (const { person, part, group } of people) {
      await writes.people.addMember(classId, person.personId, part)
      if (group === undefined) continue
      if ((await writes.people.groups('filter')).every(({ id }) => id !== group))
        await writes.people.addGroup(group, 'filter', group)
      if ((await writes.people.groupsOf(person.personId)).every(({ id }) => id !== group))
        await writes.people.addMember(group, person.personId)
    }
    return changed(undefined, { type: 'class.made', subject: `class:${classId}` })
  })
}

export async function passSchool(school: TestSchool): Promise<PassSchool> {
  const [teacher, otherTeacher, pupil, otherPupil] = [
    await school.person('Tessa Oakley', 'teacher'),
    await school.person('Ted Elmley', 'teacher'),
    await school.person('Pia Oakes', 'pupil'),
    await school.person('Ned Elms', 'pupil'),
  ]
  await joinClass(school, oak, 'Oak (Year 5)', [
    { person: teacher, part: 'teacher', group: 'staff' },
    { person: pupil, part: 'member', group: 'juniors' },
  ])
  await joinClass(school, elm, 'Elm (Year 6)', [
    { person: otherTeacher, part: 'teacher', group: 'staff' },
    { person: otherPupil, part: 'member', group: 'juniors' },
  ])
  const today = londonDate(school.now())
  return {
    teacher,
    otherTeacher,
    pupil,
    otherPupil,
    dsl: await school.person('Dora Safe', 'dsl'),
    head: await school.person('Hana Head', 'headteacher'),
    manager: await school.person('Nora Net', 'network-manager'),
    governor: await school.person('Gus Board', 'link-governor'),
    question: changes => ({
      sites: ['http://www.kizi.com/maths'],
      scope: null,
      topic: 'Games that practise number bonds',
      classId: oak,
      plan: { firstDay: today, lastDay: today, weekdays: [1, 2, 3, 4, 5], from: '11:00', to: '12:00' },
      reason: 'The class compares how three games practise the same facts',
      alone: false,
      ...changes,
    }),
    pass: id => school.app.read(school.schoolId, ({ passes }) => passes.pass(id)),
  }
}

/** The decision of somebody who was shown the pass as it stands. */
export async function decidePass(
  school: TestSchool,
  by: PersonActor,
  id: string,
  verdict: 'approved' | 'refused' = 'approved',
): Promise<void> {
  const { digest } = await school.app.read(school.schoolId, ({ passes }) => passes.pass(id))
  await school.app.services.passes.decide(by, id, verdict, 'Looked at it', digest)
}
